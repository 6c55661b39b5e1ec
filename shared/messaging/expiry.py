"""Text messages whose time is over: number and text are erased, a tombstone stays (RESOLUTIONS: Retention)."""

import logging

from shared.context import Context
from shared.messaging.documents import SMS_BY_AGE
from shared.retention import held_among, kept_since
from shared.store.query import Paging

log = logging.getLogger("consentmd.retention")

#: Text messages looked at in one commit, and commits of one run: the next day's goes on.
PER_COMMIT = 100
_MOST_PAGES = 200


def expire(ctx: Context) -> None:
    """Erase text messages older than MESSAGE_RETENTION_YEARS, but for those of a patient or chat under a legal hold.

    As long as the messages of their chat are kept. Safe to repeat: what is erased is not looked at again.
    """
    until = kept_since(ctx, ctx.settings.message_retention_years)
    cursor: str | None = None
    erased = kept = 0
    for _ in range(_MOST_PAGES):
        page = ctx.unit.page(
            SMS_BY_AGE, Paging(page=1, limit=PER_COMMIT, cursor=cursor), span=(None, until), expired=False
        )
        holds = held_among(ctx, {(m.patient_id, m.chat_id) for m in page.data})
        for message in page.data:
            if (message.patient_id, message.chat_id) in holds:
                kept += 1
                continue
            ctx.unit.update(message, number="", text=None, expired=True)
            erased += 1
        cursor = page.pagination.next_cursor
        if cursor is None:
            break
        ctx.unit.commit()
    if erased or kept:
        ctx.about("smsMessages", None)
        ctx.trail.details |= {"smsErased": erased, "smsHeld": kept}
        log.info("text messages expired", extra={"count": erased})
