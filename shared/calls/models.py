"""Bodies, queries and answers of calls."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from shared.calls.documents import Call, CallLog, CallState, CallType, PartState, Recording, RoomRole, spoken
from shared.config import Settings
from shared.http.answers import Model, Out
from shared.store.query import Paging

_UUID = r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"
Id = Annotated[str, Field(pattern=_UUID)]
_MOST = 20


def _different(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


Ids = Annotated[list[Id], Field(min_length=1, max_length=_MOST), AfterValidator(_different)]


class NewCall(Model):
    """Whom to call."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"recipientId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11", "callType": "video"}],
        }
    )

    recipient_id: Id | None = Field(None, description="One person; or `recipientIds`.")
    recipient_ids: Ids | None = Field(None, description="Several people.")
    call_type: CallType = "video"
    room_name: str | None = Field(
        None, max_length=255, description="Taken from older apps, and not used: rooms carry opaque names only."
    )
    chat_id: Id | None = Field(None, description="Chat the call belongs to; it gets a message of it.")
    patient_id: Id | None = Field(None, description="Patient that staff talk about among themselves.")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if (self.recipient_id is None) == (self.recipient_ids is None):
            raise ValueError("give recipientId or recipientIds, one of them")
        return self

    @property
    def recipients(self) -> list[str]:
        """Everybody who is called."""
        return [self.recipient_id] if self.recipient_id is not None else list(self.recipient_ids or ())


class NewMeeting(Model):
    """A meeting that people come to: nobody's telephone rings, and patients wait to be let in."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"participantIds": ["3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11"]}]}
    )

    participant_ids: Ids | None = Field(None, description="Who may come, besides the caller.")
    appointment_id: Id | None = Field(None, description="Or: the visit of this appointment.")
    call_type: CallType = "video"
    waiting_room: bool = Field(default=True, description="Patients and family wait until a clinician admits them.")

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if (self.participant_ids is None) == (self.appointment_id is None):
            raise ValueError("give participantIds or appointmentId, one of them")
        return self


class MeetingStatus(Model):
    """What becomes of a meeting."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "completed"}]})

    status: Literal["in_progress", "completed", "cancelled"]


class EndCall(Model):
    """What an app says of a call it ends."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"duration": "15m 30s"}]})

    duration: str | None = Field(
        None,
        max_length=20,
        pattern=r"^(\d{1,3}h ?)?(\d{1,4}m ?)?\d{1,6}s?$",
        description="Its length as the app measured it; kept as `reportedDuration`, ours is what counts.",
    )


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


class Admission(Model):
    """Whom to let in."""

    user_id: Id


class QualityReport(Model):
    """What an app measured of its connection."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"stage": "during", "packetLossPercent": 0.4, "roundTripMs": 62}]}
    )

    stage: Literal["before", "during", "after"] = Field("during", description="Before: the check ahead of joining.")
    score: int | None = Field(None, ge=0, le=5, description="0 (worst) to 5, as the vendor's SDK grades it.")
    bitrate_kbps: float | None = Field(None, ge=0, le=1e6)
    packet_loss_percent: float | None = Field(None, ge=0, le=100)
    jitter_ms: float | None = Field(None, ge=0, le=1e6)
    round_trip_ms: float | None = Field(None, ge=0, le=1e6)


class QualityOut(Out):
    """Whether the connection will do, by what was measured."""

    call_id: str
    verdict: Literal["good", "fair", "poor"]


class MeasuredOut(Out):
    """What somebody's app measured, and what it means."""

    user_id: str
    stage: Literal["before", "during", "after"]
    verdict: Literal["good", "fair", "poor"]
    score: int | None
    bitrate_kbps: float | None
    packet_loss_percent: float | None
    jitter_ms: float | None
    round_trip_ms: float | None
    created_at: datetime


class CallList(Paging):
    """Which calls to list."""

    type: CallType | None = None
    direction: Literal["incoming", "outgoing", "missed"] | None = Field(
        None, description="`missed`: incoming ones nobody answered."
    )
    status: Literal["answered", "missed", "declined"] | None = None
    from_: datetime | None = Field(None, alias="from", description="Begun at or after.")
    to: datetime | None = Field(None, description="Begun before.")
    patient_id: Id | None = Field(
        None, description="Calls about this patient, for those with access to the record, instead of the caller's own."
    )

    @model_validator(mode="after")
    def _zoned(self) -> Self:
        if any(at is not None and at.tzinfo is None for at in (self.from_, self.to)):
            raise ValueError("from and to need a time zone, e.g. 2026-01-31T00:00:00Z")
        if self.patient_id is not None and (self.direction or self.status):
            raise ValueError("direction and status are of the caller's own calls; leave them out with patientId")
        return self


class PersonOut(Out):
    """Somebody on a call."""

    id: str
    name: str | None
    role: str
    room_role: RoomRole
    state: PartState
    admitted: bool
    present: bool | None = Field(
        description="Whether they are in the room now; null by Google Meet, which does not say."
    )
    joined_at: datetime | None
    left_at: datetime | None
    recording_consent: bool | None
    scribe_consent: bool | None


class CallOut(Out):
    """A call."""

    id: str
    call_id: str
    call_type: CallType
    state: CallState
    status: str = Field(description="`state` in seed 002's words: scheduled, in_progress, completed, cancelled.")
    provider: str
    room_id: str
    room_url: str
    waiting_room: bool
    initiated_by: str
    patient_id: str | None
    appointment_id: str | None
    chat_id: str | None
    participants: list[PersonOut]
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration: str | None = Field(examples=["15m 30s"])
    duration_seconds: int | None
    reported_duration: str | None
    recording_ids: list[str]


class JoinedCall(CallOut):
    """A call with what the caller needs to be on it."""

    auth_token: str | None = Field(description="The vendor's token for this room and person; null while they wait.")
    room_role: RoomRole
    waiting: bool = Field(description="A clinician has to admit the caller first: ask again after `call:admitted`.")
    expires_at: datetime | None = Field(description="When the token ends.")


class LogOut(Out):
    """A call that is over, as the caller sees it."""

    id: str
    call_id: str
    direction: Literal["incoming", "outgoing", "missed"]
    type: CallType
    status: str
    duration: str | None = Field(examples=["15m 30s"])
    duration_seconds: int
    participants: list[dict[str, str | None]]
    patient_id: str | None
    created_at: datetime
    ended_at: datetime | None


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


class CallTranscript(Out):
    """A call as text."""

    call_id: str
    transcription: str
    state: str
    duration: str | None = Field(examples=["15m 30s"])
    duration_seconds: float | None
    language: str | None


class SegmentOut(Out):
    """Words of one speaker; from and to in seconds of the recording, as citations name them."""

    start: float
    end: float
    speaker: str | None
    text: str


class TranscriptOut(CallTranscript):
    """A call as text with its speakers, as far as it has been transcribed."""

    pieces_done: int = Field(description="Pieces of the recording, of five minutes, that are transcribed.")
    segments: list[SegmentOut]
    summary: str | None
    key_points: list[str]
    action_items: list[str]
    updated_at: datetime


class VendorEvent(Model):
    """A webhook of 100ms; what we do not know of it is ignored."""

    model_config = ConfigDict(
        defer_build=True, alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )

    id: str = Field(min_length=1, max_length=200)
    type: str = Field(min_length=1, max_length=100)
    timestamp: datetime | None = None
    data: dict[str, Any] = {}


_STATUS: dict[str, str] = {
    "open": "scheduled",
    "ringing": "scheduled",
    "active": "in_progress",
    "ended": "completed",
    "missed": "cancelled",
    "declined": "cancelled",
    "cancelled": "cancelled",
}


def room_url(call: Call, settings: Settings) -> str:
    """Where a browser joins it: our own page, or Meet's."""
    return call.meeting_url or f"{settings.frontend_url.rstrip('/')}/calls/{call.id}"


def recording_url(recording_file: str, settings: Settings) -> str:
    """Where a recording can be had."""
    return f"{settings.public_url.rstrip('/')}/api/v1/files/{recording_file}/download"


def values(call: Call, settings: Settings) -> dict[str, Any]:
    """What every form of a call shows."""
    stored = {name: getattr(call, name) for name in CallOut.model_fields if hasattr(call, name)}
    return {
        **stored,
        "call_id": call.id,
        "status": _STATUS[call.state],
        "room_url": room_url(call, settings),
        "duration": spoken(call.duration_seconds),
        "participants": [
            PersonOut(
                id=p.user_id,
                name=call.names.get(p.user_id),
                role=p.role,
                room_role=p.room_role,
                state=p.state,
                admitted=p.admitted,
                present=p.present if call.provider == "100ms" else None,
                joined_at=p.joined_at,
                left_at=p.left_at,
                recording_consent=p.recording,
                scribe_consent=p.scribe,
            )
            for p in call.participants
        ],
    }


def log_out(log: CallLog) -> LogOut:
    """A row of somebody's log."""
    missed = log.direction == "incoming" and log.status == "missed"
    return LogOut(
        id=log.call_id,
        call_id=log.call_id,
        direction="missed" if missed else log.direction,
        type=log.call_type,
        status=log.status,
        duration=spoken(log.duration_seconds),
        duration_seconds=log.duration_seconds,
        participants=[{"id": i, "name": log.names.get(i)} for i in log.peer_ids],
        patient_id=log.patient_id,
        created_at=log.created_at,
        ended_at=log.ended_at,
    )


def recording_out(recording: Recording, settings: Settings) -> RecordingOut:
    """A recording as it is answered."""
    return RecordingOut(
        recording_id=recording.id,
        recording_url=recording_url(recording.file_id, settings),
        state=recording.state,
        started_at=recording.started_at,
        stopped_at=recording.stopped_at,
    )
