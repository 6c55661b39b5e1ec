"""Erase clinical notes whose retention is over, but for those of patients under a legal hold.

Seven years after the last change, signature or addendum (RECORD_RETENTION_YEARS). A tombstone stays. The same for what
the scribe's ledger says of generations that old. Runs daily.
"""

from shared.http import Context, endpoint, scheduler
from shared.notes import retention as notes
from shared.scribe import retention as ledger


@endpoint(access=scheduler, kind="schedule", schedule="40 3 * * *", timeout=900, concurrency=1, trips=None)
def expire_notes(ctx: Context) -> None:
    notes.expire(ctx)
    ledger.expire(ctx)
