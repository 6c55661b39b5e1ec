"""What realtime endpoints answer."""

from datetime import datetime

from pydantic import Field

from shared.http.answers import Out


class Ticket(Out):
    """A single-use ticket that opens a socket."""

    ticket: str = Field(
        description="Give it as `?ticket=` of /ws, or as `ticket` in the Socket.IO auth payload. It works once.",
        examples=["q0v3nYk7mWw1r5sJt8uXzA2bC4dE6fG9hI0jK1lM2nO"],
    )
    expires_in: int = Field(description="Seconds until it can no longer be used.", examples=[30])
    expires_at: datetime = Field(description="When that is (RFC 3339, UTC).")
