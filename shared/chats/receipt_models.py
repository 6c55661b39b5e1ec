"""What marking messages as read answers."""

from datetime import datetime

from shared.http.answers import Out


class ReadAll(Out):
    """How far the chat is read now."""

    chat_id: str
    last_message_id: str | None
    read_at: datetime | None
    unread_count: int
