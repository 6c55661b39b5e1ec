"""Bodies with which messages are sent, changed and read."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.chats.models import ClientMessageId, Content, Id
from shared.http.answers import Model
from shared.store.query import Paging


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


class ConversationList(Paging):
    """Which direct messages (seed 001)."""

    conversation_with: Id | None = Field(
        None, description="A user: the messages with them, newest first. Without: the last of each conversation."
    )
