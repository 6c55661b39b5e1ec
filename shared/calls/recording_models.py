"""Bodies and answers about recording calls, and agreeing to it."""

from datetime import datetime
from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shared.calls.documents import Recording
from shared.calls.models import recording_url
from shared.config import Settings
from shared.http.answers import Model, Out


class RecordCall(Model):
    """Start or stop recording."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"action": "start"}]})

    action: Literal["start", "stop"]


class CallConsent(Model):
    """What the caller agrees to on this call; false takes it back, and erases what was made of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"recording": True, "scribe": True}]})

    recording: bool | None = Field(None, description="That the call is recorded.")
    scribe: bool | None = Field(None, description="That what is said is transcribed and notes are drafted from it.")
    text_version: str | None = Field(None, max_length=50, description="Version of the text that was agreed to.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.recording is None and self.scribe is None:
            raise ValueError("give recording, scribe, or both")
        return self


class RecordingOut(Out):
    """A recording that was started or stopped."""

    recording_id: str
    recording_url: str = Field(description="Where it can be had once it is stored (404 until then), with a token.")
    state: str
    started_at: datetime
    stopped_at: datetime | None


class ConsentsOut(Out):
    """Who agreed to what."""

    call_id: str
    recording: bool = Field(description="Everybody who has been on the call agreed to its being recorded.")
    scribe: bool
    participants: list[dict[str, str | bool | None]]


def recording_out(recording: Recording, settings: Settings) -> RecordingOut:
    """A recording as it is answered."""
    return RecordingOut(
        recording_id=recording.id,
        recording_url=recording_url(recording.file_id, settings),
        state=recording.state,
        started_at=recording.started_at,
        stopped_at=recording.stopped_at,
    )
