"""Notes whose time is over: what they say is erased, a tombstone stays (RESOLUTIONS: Retention)."""

import logging

from shared.context import Context
from shared.notes.documents import NOTES_BY_AGE
from shared.notes.erasing import erase
from shared.retention import held
from shared.store.query import Paging

log = logging.getLogger("consentmd.retention")

#: Notes of one page; pages of one run.
_PAGE, _MOST_PAGES = 100, 50


def expire(ctx: Context) -> None:
    """Erase notes that nobody has changed, signed or added to for RECORD_RETENTION_YEARS, also thrown-away ones.

    Not those of a patient under a legal hold. Every note is a commit of its own, its versions before it, so that a run
    that ends half-way is simply gone on with.
    """
    cursor: str | None = None
    erased = kept = 0
    for _ in range(_MOST_PAGES):
        page = ctx.unit.page(
            NOTES_BY_AGE, Paging(page=1, limit=_PAGE, cursor=cursor), span=(None, ctx.now), erased=False
        )
        for note in page.data:
            if held(ctx, note.patient_id):
                kept += 1
                continue
            erase(ctx, note, between=ctx.unit.commit)
            ctx.unit.commit()
            erased += 1
        cursor = page.pagination.next_cursor
        if cursor is None:
            break
    if erased or kept:
        ctx.about("clinicalNotes", None)
        ctx.trail.details |= {"erased": erased, "held": kept}
        log.info("notes expired", extra={"count": erased})
