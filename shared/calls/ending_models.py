"""Bodies and answers of ending calls."""

from pydantic import ConfigDict, Field

from shared.http.answers import Model, Out


class EndCall(Model):
    """What an app says of a call it ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"duration": "15m 30s"}]})

    duration: str | None = Field(
        None,
        max_length=20,
        pattern=r"^(\d{1,3}h ?)?(\d{1,4}m ?)?\d{1,6}s?$",
        description="Its length as the app measured it; kept as `reportedDuration`, ours is what counts.",
    )


class EndedLog(Out):
    """The call that was ended."""

    id: str
    duration: str | None = Field(examples=["15m 30s"])
    duration_seconds: int
    reported_duration: str | None
    recording_url: str | None


class EndedCall(Out):
    """That a call is over."""

    success: bool = True
    call_log: EndedLog
