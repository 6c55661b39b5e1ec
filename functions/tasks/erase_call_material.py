"""Erase what was made of a call from which somebody has withdrawn.

Recordings, transcripts and unsigned drafts; never signed notes. Safe to repeat.
"""

from shared.calls.erasing import erase
from shared.calls.workers import calls_worker
from shared.errors import StorageUnavailable
from shared.http import Context
from shared.jobs import JobRef


@calls_worker("storage", queue="maintenance", errors=[StorageUnavailable])
def erase_call_material(ctx: Context, body: JobRef) -> None:
    erase(ctx, body.id)
