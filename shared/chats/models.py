"""Bodies and answers of chats and messages: the union of seeds 000, 001 and 003."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.chats.documents import (
    CallType,
    Message,
    MessageKind,
    TranscriptState,
)
from shared.chats.wording import worded
from shared.config import Settings
from shared.http.answers import Out

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


# Messages


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
