"""A chat's messages as lines of text, for whoever writes notes from them."""

from datetime import datetime
from typing import NamedTuple

from shared.chats.access import sees_from
from shared.chats.documents import MESSAGES, Chat
from shared.context import Context

#: Lines read at most; the latest are kept.
MOST_LINES = 1000


class Line(NamedTuple):
    """One message that says something."""

    message_id: str
    sender_id: str | None
    #: What the sender was when they wrote it: Doctor, Patient …; None for the system.
    sender_role: str | None
    at: datetime
    text: str


def lines(
    ctx: Context, chat: Chat, since: datetime | None = None, until: datetime | None = None, limit: int = MOST_LINES
) -> list[Line]:
    """What was written (or said, once transcribed) from `since` up to before `until`, oldest first; the last `limit`.

    The caller has been let in by `access_chat`; of what came before they joined, they get what they see. Deleted,
    expired and system messages are left out. One query.
    """
    caller = ctx.caller_or_none
    own = sees_from(ctx.unit, chat, caller.id) if caller else None
    start = max((edge for edge in (since, own) if edge is not None), default=None)
    found = ctx.unit.find(MESSAGES, chatId=chat.id, span=(start, until), limit=min(limit, MOST_LINES))
    return [
        Line(m.id, m.sender_id, m.sender_role, m.created_at, text)
        for m in reversed(found)
        if not m.gone and m.kind not in {"system", "call_log"} and (text := m.text or m.transcription)
    ]
