"""Queries and answers about a chat's messages, a page at a time."""

from typing import Self

from pydantic import Field, model_validator

from shared.chats.models import Id, MessageOut
from shared.http.answers import Model, Out
from shared.store.query import PageInfo


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


class MessagePageInfo(PageInfo):
    """Where a page of messages stands."""

    offset: int | None = None
    previous_cursor: str | None = Field(None, description="Ask for newer messages with it; null: none were there.")


class MessagePage(Out):
    """Messages, newest first, and where they stand."""

    data: list[MessageOut]
    pagination: MessagePageInfo
