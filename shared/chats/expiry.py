"""Messages whose time is over: their content is erased, a tombstone stays (RESOLUTIONS: Retention)."""

import logging

from shared.ai.transcripts import ERASED, Transcript, transcript_id
from shared.chats.documents import MESSAGES_BY_AGE, VERSIONS_OF_MESSAGE, Message
from shared.context import Context
from shared.retention import held_among, kept_since
from shared.store.query import Paging

log = logging.getLogger("consentmd.retention")

#: Messages looked at in one commit, and commits of one run: the next day's goes on.
PER_COMMIT = 100
_MOST_PAGES = 200
_MOST_VERSIONS = 500


def expire(ctx: Context) -> None:
    """Erase the content of messages older than MESSAGE_RETENTION_YEARS, but for those under a legal hold.

    Files follow by their own schedule. Safe to repeat: what is erased is not looked at again.
    """
    until = kept_since(ctx, ctx.settings.message_retention_years)
    cursor: str | None = None
    erased = kept = 0
    for _ in range(_MOST_PAGES):
        page = ctx.unit.page(
            MESSAGES_BY_AGE, Paging(page=1, limit=PER_COMMIT, cursor=cursor), span=(None, until), expired=False
        )
        for message in page.data:
            if message.kind == "voice":
                ctx.unit.want(Transcript, transcript_id("messages", message.id))
        holds = held_among(ctx, {(m.patient_id, m.chat_id) for m in page.data})
        for message in page.data:
            if (message.patient_id, message.chat_id) in holds:
                kept += 1
                continue
            _erase(ctx, message)
            erased += 1
        cursor = page.pagination.next_cursor
        if cursor is None:
            break
        ctx.unit.commit()
    if erased or kept:
        ctx.about("messages", None)
        ctx.trail.details |= {"erased": erased, "held": kept}
        log.info("messages expired", extra={"count": erased})


def _erase(ctx: Context, message: Message) -> None:
    if message.version > 1:
        for version in ctx.unit.find(VERSIONS_OF_MESSAGE, messageId=message.id, limit=_MOST_VERSIONS):
            ctx.unit.update(version, text=None)
    if message.kind == "voice":
        transcript = ctx.unit.get(Transcript, transcript_id("messages", message.id))
        if transcript is not None:
            ctx.unit.update(transcript, **ERASED, updated_at=ctx.now)
    ctx.unit.update(
        message,
        text=None,
        attachment=None,
        transcription=None,
        transcription_summary=None,
        sender_name=None,
        words=[],
        expired=True,
    )
