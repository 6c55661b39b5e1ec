"""Answers about a calendar's feed."""

from datetime import datetime

from shared.http.answers import Out


class FeedOut(Out):
    """A calendar feed that has just been made; its address is shown this once."""

    url: str
    webcal_url: str
    created_at: datetime


class FeedStatus(Out):
    """Whether there is a feed, and when a calendar last fetched it."""

    active: bool
    created_at: datetime | None
    last_fetched_at: datetime | None
