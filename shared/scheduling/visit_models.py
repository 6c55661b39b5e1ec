"""What joining a visit answers."""

from datetime import datetime

from pydantic import Field

from shared.http.answers import Out


class JoinOut(Out):
    """Where and as what to join a video visit."""

    appointment_id: str
    join_url: str
    video_link: str
    opens_at: datetime
    closes_at: datetime
    call_id: str | None = None
    room_id: str | None = None
    token: str | None = None
    provider: str | None = None
    waiting: bool = Field(default=False, description="A clinician has to let the caller in first.")
