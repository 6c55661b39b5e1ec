"""Bodies, queries and answers of calls."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from shared.calls.documents import Call, CallState, CallType, PartState, RoomRole, spoken
from shared.config import Settings
from shared.http.answers import Model, Out

_UUID = r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"
Id = Annotated[str, Field(pattern=_UUID)]
_MOST = 20


def _different(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


Ids = Annotated[list[Id], Field(min_length=1, max_length=_MOST), AfterValidator(_different)]


class MeetingStatus(Model):
    """What becomes of a meeting."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "completed"}]})

    status: Literal["in_progress", "completed", "cancelled"]


class Admission(Model):
    """Whom to let in."""

    user_id: Id


class CallParticipantOut(Out):
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
    participants: list[CallParticipantOut]
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
            CallParticipantOut(
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
