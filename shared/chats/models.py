"""Bodies and answers of chats and messages: the union of seeds 000, 001 and 003."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.chats.documents import (
    MOST_RECIPIENTS,
    CallType,
    Chat,
    ChatMember,
    ChatType,
    Message,
    MessageKind,
    TranscriptState,
)
from shared.chats.wording import worded
from shared.config import Settings
from shared.http.answers import Model, Out
from shared.store.query import PageInfo, Paging
from shared.users.phone import normalise

UUID = r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"
Id = Annotated[str, Field(pattern=UUID)]
Content = Annotated[str, Field(min_length=1, max_length=10_000, examples=["How are you feeling today?"])]
ClientMessageId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9._:-]+$",
        description="The app's own id of the message. Sent again with the same, it is the same message, not another.",
        examples=["d41c-17"],
    ),
]


class NewChat(Model):
    """A chat to be made."""

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "name": "Care Team - John Doe",
                    "type": "Care Team",
                    "patientId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11",
                    "participantIds": ["6a1f0d52-0f53-4b1e-9d52-0a7a5b1f7c01"],
                }
            ]
        }
    }

    type: ChatType
    name: str | None = Field(None, min_length=1, max_length=255, description="Not of a Direct chat.")
    patient_id: Id | None = Field(None, description="The patient it is about; needed by Care Team and Family Update.")
    participant_ids: list[Id] = Field(
        [], max_length=MOST_RECIPIENTS, description="Users besides the caller; exactly one in a Direct chat."
    )
    phone_number: str | None = Field(
        None, max_length=30, description="Of an SMS chat, E.164.", examples=["+13125550142"]
    )

    @field_validator("phone_number")
    @classmethod
    def _phone(cls, value: str | None) -> str | None:
        return normalise(value) if value is not None else None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.type == "Direct":
            if self.name is not None or self.patient_id is not None or len(set(self.participant_ids)) != 1:
                raise ValueError("a Direct chat has exactly one other participant, no name and no patient")
        elif self.type in {"Care Team", "Family Update"} and self.patient_id is None:
            raise ValueError(f"a {self.type} chat needs patientId")
        elif self.type == "SMS":
            if self.phone_number is None:
                raise ValueError("an SMS chat needs phoneNumber")
        elif self.name is None and self.type in {"Internal Staff", "Broadcast"}:
            raise ValueError("this type of chat needs a name")
        if self.type != "SMS" and self.phone_number is not None:
            raise ValueError("only an SMS chat has a phoneNumber")
        if self.type == "Broadcast" and self.patient_id is not None:
            raise ValueError("a Broadcast is about no patient")
        return self


class ChatChange(Model):
    """What can be changed of a chat: its name, by its administrators; whether it is pinned, by each for themselves."""

    name: str | None = Field(None, min_length=1, max_length=255, examples=["Updated Chat Name"])
    is_pinned: bool | None = None


class OwnOptions(Model):
    """How the caller keeps a chat."""

    muted: bool | None = Field(None, description="No notifications of new messages.")
    archived: bool | None = Field(None, description="Out of the list, unless asked for with archived=true.")
    is_pinned: bool | None = None


class Pin(Model):
    """Whether a chat shall be pinned; without, it is the other way round afterwards."""

    is_pinned: bool = True


class NewParticipant(Model):
    """Somebody to be added."""

    user_id: Id
    is_admin: bool = False
    share_history: bool | None = Field(
        None,
        description="Whether they see what was written before they join. Left out: staff and the patient do in a chat"
        " about a patient; family, and everybody in other chats, do not.",
    )


class ParticipantChange(Model):
    """Whether a participant administers the chat."""

    is_admin: bool


class ParticipantOut(Out):
    """Somebody who takes part."""

    id: str = Field(description="The user's id.")
    user_id: str
    name: str
    role: str
    is_admin: bool
    joined_at: datetime
    sees_history_from: datetime | None = Field(description="Sees messages from then on; null: all of them.")

    @classmethod
    def of(cls, chat: Chat, row: ChatMember) -> Self:
        """A participant by their row."""
        return cls(
            id=row.user_id, user_id=row.user_id, name=row.name, role=row.role, is_admin=row.user_id in chat.admin_ids,
            joined_at=row.joined_at, sees_history_from=row.sees_from,
        )  # fmt: skip


class ChatOut(Out):
    """A chat as the caller has it."""

    id: str
    name: str
    type: ChatType
    patient_id: str | None
    phone_number: str | None = None
    avatar: str | None = Field(None, description="URL; fetching it takes a token.")
    is_pinned: bool
    muted: bool
    archived: bool
    is_admin: bool = False
    unread_count: int = Field(description="Up to 100, which stands for that and more.")
    last_message: str | None
    last_message_type: MessageKind | None
    last_message_id: str | None
    last_message_time: datetime | None
    created_at: datetime | None = None
    created_by: str | None = None

    @classmethod
    def of(cls, chat: Chat, row: ChatMember | None, settings: Settings, locale: str) -> Self:
        """A chat, with the caller's row of it if they take part."""
        base = cls.in_list(row, settings, locale) if row is not None else cls._unlisted(chat)
        return base.model_copy(
            update={
                "name": base.name or chat.name or chat.type,
                "phone_number": chat.phone_number,
                "is_admin": row is not None and row.user_id in chat.admin_ids,
                "created_at": chat.created_at,
                "created_by": chat.created_by,
            }
        )

    @classmethod
    def in_list(cls, row: ChatMember, settings: Settings, locale: str) -> Self:
        """A row of the caller's list."""
        base = settings.public_url.rstrip("/")
        return cls(
            id=row.chat_id, name=row.title, type=row.type, patient_id=row.patient_id,
            avatar=f"{base}/api/v1/users/{row.avatar_user_id}/avatar" if row.avatar_user_id else None,
            is_pinned=row.is_pinned, muted=row.muted, archived=row.archived, unread_count=row.unread,
            last_message=worded(row.last_text, row.last_notice, locale),
            last_message_type=row.last_kind, last_message_id=row.last_message_id,
            last_message_time=row.last_at if row.last_message_id else None,
        )  # fmt: skip

    @classmethod
    def _unlisted(cls, chat: Chat) -> Self:
        return cls(
            id=chat.id, name=chat.name or "", type=chat.type, patient_id=chat.patient_id, is_pinned=False, muted=False,
            archived=False, unread_count=0, last_message=None, last_message_type=None, last_message_id=None,
            last_message_time=None,
        )  # fmt: skip


class ChatList(Paging):
    """Which of the caller's chats, those with the latest messages first."""

    type: ChatType | None = None
    pinned: bool | None = Field(None, description="Only those the caller has pinned, or has not.")
    archived: bool = Field(default=False, description="Those put away instead of the others.")


# Messages


class NewMessage(Model):
    """A message to be sent: text, or a file that was uploaded before."""

    model_config = {"json_schema_extra": {"examples": [{"content": "How are you feeling today?", "type": "text"}]}}

    content: Content | None = Field(None, description="Text; beside a file, what is said about it.")
    type: Literal["text", "image", "voice", "file"] | None = Field(
        None, description="Left out: text, or what the file is. System and call messages are not sent by people."
    )
    file_id: Id | None = Field(None, description="A file the caller has uploaded and that belongs to nothing yet.")
    client_message_id: ClientMessageId | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.content is None and self.file_id is None:
            raise ValueError("content is required, or fileId")
        if self.file_id is None and self.type not in {None, "text"}:
            raise ValueError("a message of this type needs a file: send it as multipart/form-data, or name a fileId")
        if self.file_id is not None and self.type == "text":
            raise ValueError("a message with a file is an image, voice or file message")
        return self


class MessageForm(Model):
    """Fields of a multipart message, beside the part `file` (or `audio`)."""

    type: Literal["image", "voice", "file"] | None = None
    file_name: str | None = Field(None, max_length=255)
    duration: str | None = Field(None, pattern=r"^\d{1,5}(\.\d{1,3})?s?$", description="As the app measured: `30s`.")
    content: Content | None = None
    client_message_id: ClientMessageId | None = None


class MessageChange(Model):
    """The new text of a message."""

    content: Content


class NewDirectMessage(Model):
    """A message to one person (seed 001)."""

    receiver_id: Id
    message: Content
    client_message_id: ClientMessageId | None = None


class Sender(Out):
    """Who wrote a message, as they were called then."""

    id: str | None
    name: str | None
    role: str | None


class ReadBy(Out):
    """How far a message has got with one of its recipients."""

    user_id: str
    delivered_at: datetime | None = Field(
        description="When their device last confirmed what it received, this included."
    )
    read_at: datetime | None = Field(description="When they last read the chat, this message included.")


class MessageOut(Out):
    """A message. One that was deleted or has expired keeps its place and loses its content."""

    id: str
    chat_id: str
    sender: Sender
    sender_id: str | None
    receiver_id: str | None = Field(None, description="In a Direct chat: the other one (seed 001).")
    sender_type: Literal["provider", "client"] | None = Field(None, description="Seed 001's side of the sender.")
    content: str | None
    message: str | None = Field(description="The same as `content` (seed 001).")
    type: MessageKind
    message_type: MessageKind
    file_id: str | None
    file_url: str | None = Field(description="Where the file is downloaded; takes a token.")
    file_name: str | None
    file_size: int | None = Field(description="Bytes.")
    mime_type: str | None
    voice_duration: str | None = Field(description="`30s`", examples=["30s"])
    duration_seconds: float | None
    transcript_state: TranscriptState | None
    is_transcribing: bool
    transcription: str | None
    transcription_summary: str | None
    call_id: str | None
    call_type: CallType | None
    client_message_id: str | None
    is_read: bool = Field(description="Whether the caller has read it; their own they have.")
    read: bool = Field(description="Of the caller's own message: whether somebody else has read it (seed 001).")
    receipts: list[ReadBy] | None = Field(
        description="Per recipient. Null in large chats and broadcasts, where only a sender's own message tells."
    )
    version: int
    created_at: datetime
    timestamp: datetime = Field(description="The same as `createdAt` (seed 001).")
    updated_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None


class MessageVersionOut(Out):
    """What a message said at a time."""

    version: int
    content: str | None
    written_at: datetime
    replaced_at: datetime | None = Field(None, description="Null of the text that holds.")


class MessageList(Model):
    """Which messages of a chat: a page, or what is around one message."""

    limit: int = Field(50, ge=1, le=100)
    offset: int | None = Field(
        None, ge=0, le=1000, description="From the newest; further back with `cursor` or `before`."
    )
    cursor: str | None = Field(None, max_length=2000, description="`nextCursor` or `previousCursor` of another page.")
    before: Id | None = Field(None, description="Only older than this message.")
    after: Id | None = Field(None, description="Only newer than this message, those next to it.")
    around: Id | None = Field(None, description="This message and those on both sides of it.")
    search: str | None = Field(
        None, min_length=2, max_length=100, description="Whole words that a message must have, in any order."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.offset, self.cursor, self.before, self.after, self.around]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("give at most one of offset, cursor, before, after and around")
        if self.search is not None and any(way is not None for way in (self.offset, self.after, self.around)):
            raise ValueError("a search goes with cursor or before")
        return self


class ChatView(Model):
    """Which messages come with a chat."""

    limit: int = Field(50, ge=1, le=100)
    offset: int | None = Field(None, ge=0, le=1000)

    def listed(self) -> MessageList:
        """The same as a list of messages."""
        return MessageList(limit=self.limit, offset=self.offset)


class MessagePageInfo(PageInfo):
    """Where a page of messages stands."""

    offset: int | None = None
    previous_cursor: str | None = Field(None, description="Ask for newer messages with it; null: none were there.")


class MessagePage(Out):
    """Messages, newest first, and where they stand."""

    data: list[MessageOut]
    pagination: MessagePageInfo


class ChatDetail(ChatOut):
    """A chat with those who take part and its latest messages."""

    participants: list[ParticipantOut]
    messages: list[MessageOut]
    pagination: MessagePageInfo


class ConversationList(Paging):
    """Which direct messages (seed 001)."""

    conversation_with: Id | None = Field(
        None, description="A user: the messages with them, newest first. Without: the last of each conversation."
    )


class ReadAll(Out):
    """How far the chat is read now."""

    chat_id: str
    last_message_id: str | None
    read_at: datetime | None
    unread_count: int


def shown(
    message: Message, *, caller_id: str, settings: Settings, locale: str, receipts: list[Any] | None, mine: Any
) -> MessageOut:
    """A message as `caller_id` sees it in their language; `receipts` of the others, `mine` the caller's own."""
    own = message.sender_id == caller_id
    gone = message.gone
    base = settings.public_url.rstrip("/")
    at = message.order
    reached = None if receipts is None else [_reached(r, at) for r in receipts if r.user_id != message.sender_id]
    audio = None if gone else message.audio
    attachment = None if gone else message.attachment
    file_id = None if gone else message.file_id
    said = None if gone else worded(message.text, message.notice, locale)
    return MessageOut(
        id=message.id,
        chat_id=message.chat_id,
        sender=Sender(id=message.sender_id, name=message.sender_name, role=message.sender_role),
        sender_id=message.sender_id,
        receiver_id=next((u for u in message.pair if u != message.sender_id), None) if message.pair else None,
        sender_type=_side(message.sender_role),
        content=said,
        message=said,
        type=message.kind,
        message_type=message.kind,
        file_id=file_id,
        file_url=f"{base}/api/v1/files/{file_id}/download" if file_id else None,
        file_name=attachment.file_name if attachment else None,
        file_size=attachment.size if attachment else None,
        mime_type=attachment.mime_type if attachment else None,
        voice_duration=f"{audio.duration_seconds:g}s" if audio and audio.duration_seconds is not None else None,
        duration_seconds=audio.duration_seconds if audio else None,
        transcript_state=audio.transcript_state if audio else None,
        is_transcribing=audio is not None and audio.transcript_state in {"queued", "running"},
        transcription=None if gone else message.transcription,
        transcription_summary=None if gone else message.transcription_summary,
        call_id=message.call_id,
        call_type=message.call_type,
        client_message_id=message.client_id if own else None,
        is_read=own or (mine is not None and mine.read_through is not None and mine.read_through >= at),
        read=any(r.read_at for r in reached or () if r.user_id != caller_id)
        if own
        else (mine is not None and mine.read_through is not None and mine.read_through >= at),
        receipts=reached,
        version=message.version,
        created_at=message.created_at,
        timestamp=message.created_at,
        updated_at=message.edited_at or message.created_at,
        edited_at=message.edited_at,
        deleted_at=message.deleted_at,
    )


def _reached(receipt: Any, at: datetime) -> ReadBy:
    read = receipt.read_through is not None and receipt.read_through >= at
    delivered = receipt.delivered_through is not None and receipt.delivered_through >= at
    return ReadBy(
        user_id=receipt.user_id,
        delivered_at=receipt.delivered_at if delivered else receipt.read_at if read else None,
        read_at=receipt.read_at if read else None,
    )


def _side(role: str | None) -> Literal["provider", "client"] | None:
    if role is None:
        return None
    return "client" if role in {"Patient", "Family"} else "provider"
