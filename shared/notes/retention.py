"""Notes whose time is over: what they say is erased, a tombstone stays (RESOLUTIONS: Retention)."""

from shared.context import Context
from shared.notes.documents import NOTES_BY_AGE, ClinicalNote
from shared.notes.erasing import erase, want
from shared.retention import erase_by_age


def expire(ctx: Context) -> None:
    """Erase notes that nobody has changed, signed or added to for RECORD_RETENTION_YEARS, also thrown-away ones.

    Not those of a patient, or from a chat, under a legal hold. The versions of a note are committed before it.
    """
    erase_by_age(
        ctx,
        NOTES_BY_AGE,
        ctx.now,
        want=want,
        erase=_erase,
    )


def _erase(ctx: Context, note: ClinicalNote) -> None:
    erase(ctx, note, between=ctx.unit.commit)
