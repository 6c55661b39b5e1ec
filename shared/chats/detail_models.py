"""A chat as it is opened."""

from pydantic import Field

from shared.chats.chat_models import ChatOut, ParticipantOut
from shared.chats.history_models import MessageList, MessagePageInfo
from shared.chats.models import MessageOut
from shared.http.answers import Model


class ChatView(Model):
    """Which messages come with a chat."""

    limit: int = Field(50, ge=1, le=100)
    offset: int | None = Field(None, ge=0, le=1000)

    def listed(self) -> MessageList:
        """The same as a list of messages."""
        return MessageList(limit=self.limit, offset=self.offset)


class ChatDetail(ChatOut):
    """A chat with those who take part and its latest messages."""

    participants: list[ParticipantOut]
    messages: list[MessageOut]
    pagination: MessagePageInfo
