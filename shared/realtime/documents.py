"""Stored documents of realtime.

`realtimeTickets/{hash}` {userId, sessionId, expiresAt, usedAt}: one opening of a socket.

`presence/{socketId}` {userId, chatIds, until, expiresAt}: the chats a socket has joined, for as long as its gateway
renews it. A document per socket, so that no two gateways ever write the same one.
"""

from datetime import datetime

from shared.store.document import Document
from shared.store.query import Query


class RealtimeTicket(Document):
    """Opens one socket for a session. Its id is the hash of the ticket."""

    collection = "realtimeTickets"
    ttl = "expiresAt"

    user_id: str
    session_id: str
    expires_at: datetime
    used_at: datetime | None = None


class Presence(Document):
    """A socket that has joined chats. Its id is the socket's."""

    collection = "presence"
    ttl = "expiresAt"

    user_id: str
    chat_ids: list[str]
    #: Its gateway is gone if this is past.
    until: datetime
    expires_at: datetime


PRESENT_IN_CHAT = Query("present_in_chat", Presence, contains="chatIds", order=("until",))
