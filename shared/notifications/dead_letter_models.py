"""Dead letters as they are asked for and answered."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.http.answers import Out
from shared.store.query import Paging


class DeadLetterPaging(Paging):
    """Which dead letters."""

    state: Literal["open", "retried"] = Field("open", description="Whether somebody has tried again.")
    channel: Literal["push", "email", "sms"] | None = None


class DeadLetterOut(Out):
    """A delivery that was given up."""

    id: str
    channel: Literal["push", "email", "sms"]
    reason: str = Field(description="Why: a code, never what was sent or to whom.", examples=["UNREACHABLE"])
    attempts: int
    user_id: str | None
    notification_id: str | None
    retryable: bool = Field(description="Whether it can be sent again; codes and links that have expired cannot.")
    state: Literal["open", "retried"]
    created_at: datetime
    retried_at: datetime | None
    retried_by: str | None
