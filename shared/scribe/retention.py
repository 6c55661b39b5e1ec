"""The ledger's entries whose time is over: what they say is erased, who asked for what and its cost stay."""

import logging

from shared.context import Context
from shared.retention import held_among, kept_since
from shared.scribe.documents import GENERATIONS_BY_AGE, Suggestion
from shared.scribe.erasing import erase_entry
from shared.store.query import Paging

log = logging.getLogger("consentmd.retention")

#: Entries of one page, and of one commit (each with at most some thirty suggestions); pages of one run.
_PAGE, _PER_COMMIT, _MOST_PAGES = 100, 10, 50


def expire(ctx: Context) -> None:
    """Erase sentences, contexts and suggestions of generations older than RECORD_RETENTION_YEARS.

    Not those about a patient, or of a chat, under a legal hold. A run that ends half-way is simply gone on with.
    """
    cursor: str | None = None
    erased = kept = 0
    until = kept_since(ctx, ctx.settings.record_retention_years)
    for _ in range(_MOST_PAGES):
        paging = Paging(page=1, limit=_PAGE, cursor=cursor)
        page = ctx.unit.page(GENERATIONS_BY_AGE, paging, span=(None, until), erased=False)
        holds = held_among(ctx, {(entry.patient_id, entry.chat_id) for entry in page.data})
        due = [entry for entry in page.data if (entry.patient_id, entry.chat_id) not in holds]
        kept += len(page.data) - len(due)
        erased += len(due)
        for first in range(0, len(due), _PER_COMMIT):
            batch = due[first : first + _PER_COMMIT]
            for entry in batch:
                for suggestion_id in entry.suggestion_ids:
                    ctx.unit.want(Suggestion, suggestion_id)
            for entry in batch:
                erase_entry(ctx, entry)
                if entry.patient_id is not None:
                    ctx.touch(entry.patient_id)
            ctx.unit.commit()
        cursor = page.pagination.next_cursor
        if cursor is None:
            break
    if erased or kept:
        ctx.about("generations", None)
        ctx.trail.details |= {"generationsErased": erased, "generationsHeld": kept}
        log.info("generations expired", extra={"count": erased})
