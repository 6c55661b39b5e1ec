"""Stored documents of chats (seeds 000 §1.7-1.9, 003 §2.7-2.9, 001 Message).

`chats/{id}` is written when somebody joins, leaves or mutes, never because of a message: a chat is no hot document.
`chatMembers/{chatId}_{userId}` is a person's inbox row of a chat; one task for all messages of about a second brings
the rows up to date. `chatReceipts/{chatId}_{userId}` says how far a person has received and read: a high-water mark,
not a document per message. `messages/{id}` are ordered by the server's commit time, then id: a total order that does
not depend on the clocks of the functions.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

from shared.store.document import Deletable, Document, Exact, Sealed, Value, Words
from shared.store.query import Query

ChatType = Literal["Direct", "Care Team", "Family Update", "Internal Staff", "Broadcast", "SMS"]
MessageKind = Literal["text", "image", "voice", "file", "system", "call_log"]
#: What a system message tells of the person its text names.
Notice = Literal["joined", "left"]
CallType = Literal["voice", "video"]

#: Unread are counted among so many of the latest messages; an app shows "99+".
MOST_UNREAD = 100
#: Participants of a chat; of a broadcast.
MOST_PARTICIPANTS = 200
MOST_RECIPIENTS = 1000
#: Participants up to whom a message's events and notifications are written with it; beyond, a task writes them.
AT_ONCE = 50


class Chat(Deletable):
    """A conversation, and who takes part in it."""

    collection = "chats"
    domain = "chats"
    blind: ClassVar[Mapping[str, Exact | Words]] = {"phoneIndex": Exact("phone", "phone_number")}

    type: ChatType
    #: A Direct chat has none: each sees the other's name.
    name: Sealed[str | None] = None
    #: The patient it is about. Whoever takes part needs a relationship to them that includes messages.
    patient_id: str | None = None
    phone_number: Sealed[str | None] = None
    member_ids: list[str]
    admin_ids: list[str] = []
    muted_ids: list[str] = []
    created_by: str | None = None
    created_at: datetime
    updated_at: datetime


class ChatMember(Document):
    """A person's row of a chat: what their list of chats shows. Stays, inactive, when they have left."""

    collection = "chatMembers"
    domain = "chats"

    chat_id: str
    user_id: str
    active: bool = True
    type: ChatType
    patient_id: str | None = None
    #: How the person is called in the list of participants.
    name: Sealed[str]
    role: str
    #: What the chat is called in the person's list, and whose picture stands for it.
    title: Sealed[str]
    avatar_user_id: str | None = None
    #: The other one of a Direct chat.
    other_id: str | None = None
    joined_at: datetime
    left_at: datetime | None = None
    #: Only messages from then on are shown to this person; None: all there are.
    sees_from: datetime | None = None
    #: Their access to the patient ends then, unless it is extended.
    access_until: datetime | None = None
    muted: bool = False
    archived: bool = False
    is_pinned: bool = False
    #: What lists are ordered by: the time of the last message, at first of joining.
    last_at: datetime
    last_message_id: str | None = None
    last_text: Sealed[str | None] = None
    last_kind: MessageKind | None = None
    last_notice: Notice | None = None
    last_sender_id: str | None = None
    unread: int = 0
    #: Nothing unread was there up to then, so nothing before is looked at again.
    clear_through: datetime | None = None


class Receipt(Document):
    """How far a person has received and read a chat, by the commit times of messages."""

    collection = "chatReceipts"

    chat_id: str
    user_id: str
    delivered_through: datetime | None = None
    delivered_at: datetime | None = None
    read_through: datetime | None = None
    read_at: datetime | None = None


class Attachment(Value):
    """What is shown of a file beside its message."""

    file_name: str
    mime_type: str
    size: int


TranscriptState = Literal["none", "queued", "running", "done", "failed", "silent"]


class Audio(Value):
    """The recording of a voice message and what became of its transcription."""

    file_id: str
    duration_seconds: float | None = None
    transcript_state: TranscriptState = "none"
    transcript_id: str | None = None
    #: The job that transcribes it, or did last.
    job_id: str | None = None


class Message(Document):
    """One message. A deleted one stays where it was, without its content; so does one that has expired."""

    collection = "messages"
    domain = "chats"
    stamped: ClassVar[tuple[str, ...]] = ("committedAt",)

    chat_id: str
    #: Of the chat, for legal holds and retention.
    patient_id: str | None = None
    #: None: the system, or a telephone number.
    sender_id: str | None = None
    #: As the sender was called and what they were when they wrote it.
    sender_name: Sealed[str | None] = None
    sender_role: str | None = None
    kind: MessageKind
    #: Of a notice, whom it is about.
    text: Sealed[str | None] = None
    notice: Notice | None = None
    file_id: str | None = None
    attachment: Sealed[Attachment | None] = None
    audio: Audio | None = None
    transcription: Sealed[str | None] = None
    transcription_summary: Sealed[str | None] = None
    call_id: str | None = None
    call_type: CallType | None = None
    #: The record it tells of, where that is another.
    ref_kind: str | None = None
    ref_id: str | None = None
    client_id: str | None = None
    #: The two of a Direct chat (seed 001's sender and receiver).
    pair: list[str] = []
    #: Keyed tokens of its words, where a deployment wants chats to be searched.
    words: list[str] = []
    created_at: datetime
    committed_at: datetime | None = None
    version: int = 1
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: str | None = None
    expired: bool = False
    #: How many participants of a large chat have been told.
    told: int = 0

    @property
    def gone(self) -> bool:
        """Whether there is nothing left to show."""
        return self.deleted_at is not None or self.expired

    @property
    def order(self) -> datetime:
        """Where it stands in its chat. Of one that is not committed yet: now, as far as this function knows."""
        return self.committed_at or self.created_at


class MessageVersion(Document):
    """What a message said before it was edited."""

    collection = "messageVersions"
    domain = "chats"

    message_id: str
    chat_id: str
    patient_id: str | None = None
    version: int
    text: Sealed[str | None]
    written_at: datetime
    replaced_at: datetime
    replaced_by: str


INBOX = Query(
    "inbox",
    ChatMember,
    equal=("userId", "active", "archived"),
    optional=("type", "isPinned"),
    order=("-lastAt",),
)
MEMBERS_OF_CHAT = Query("members_of_chat", ChatMember, equal=("chatId", "active"), order=("joinedAt",))
MEMBERSHIPS = Query("memberships", ChatMember, equal=("userId", "active"), order=("joinedAt",))
RECEIPTS_OF_CHAT = Query("receipts_of_chat", Receipt, equal=("chatId",))
MESSAGES = Query("messages_newest", Message, equal=("chatId",), optional_contains="words", order=("-committedAt",))
MESSAGES_FROM = Query("messages_oldest", Message, equal=("chatId",), order=("committedAt",))
MESSAGES_BY_AGE = Query("messages_by_age", Message, equal=("expired",), order=("createdAt",))
VERSIONS_OF_MESSAGE = Query("versions_of_message", MessageVersion, equal=("messageId",), order=("version",))


def member_id(chat_id: str, user_id: str) -> str:
    """Id of a person's row and receipt of a chat, so that both are read without a query."""
    return f"{chat_id}_{user_id}"


def direct_chat_id(one: str, other: str) -> str:
    """Id of the one Direct chat of two people."""
    pair = ":".join(sorted((one, other)))
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:direct:{pair}"))


def message_id(chat_id: str, sender_id: str, client_id: str) -> str:
    """Id of the message that a client calls `client_id`: sent again, it is the same message."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:message:{chat_id}:{sender_id}:{client_id}"))


def version_id(message_id: str, number: int) -> str:
    """Id of what a message said until it was edited for the `number`th time."""
    return f"{message_id}_{number}"
