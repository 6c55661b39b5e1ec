"""Stored documents of calls.

`calls/{id}`: a call, who takes part and how it stands. Nothing in it tells something about a person but what they are
called, sealed, and that they talked: what was said is in recordings and transcripts.
`callLogs/{callId}_{userId}`: a call that is over, as one of those who took part sees it.
`recordings/{id}`: a recording, from the wish for one until its content is erased.
`callQuality/{id}`: what an app reported of its connection.
`callEvents/{id}`: a webhook of the vendor that has been taken, so that a repeat changes nothing.
"""

import uuid
from datetime import datetime
from typing import ClassVar, Literal

from shared.store.document import Document, Sealed, Value
from shared.store.query import Query

CallType = Literal["voice", "video"]
#: open: a visit or meeting nobody has begun · ringing: somebody is called · active: two people have been on it.
CallState = Literal["open", "ringing", "active", "ended", "missed", "declined", "cancelled"]
PartState = Literal["invited", "ringing", "waiting", "joined", "left", "declined", "missed"]
Provider = Literal["100ms", "meet"]
#: Roles of the vendor's template.
RoomRole = Literal["host", "guest"]
Direction = Literal["incoming", "outgoing"]
Outcome = Literal["answered", "missed", "declined"]
#: wanted → recording → stopping → stored; failed: the vendor gave up · erased: withdrawn, or its time is over.
RecordingState = Literal["wanted", "recording", "stopping", "stored", "failed", "erased"]

LIVE = frozenset({"open", "ringing", "active"})
#: States of who is, or may still come, on a call.
PRESENT = frozenset({"joined"})
#: States of a recording that is being made, or is to be.
RUNNING = frozenset({"wanted", "recording"})


class Participant(Value):
    """Somebody on a call."""

    user_id: str
    #: The account's role, as it was when the call was made.
    role: str
    room_role: RoomRole = "guest"
    state: PartState = "ringing"
    #: Whether a clinician has let them in; nobody waits in a call without a waiting room.
    admitted: bool = True
    #: First came, last left: by our own clock.
    joined_at: datetime | None = None
    left_at: datetime | None = None
    #: Whether the vendor sees them in the room, and since when it says so.
    present: bool = False
    presence_at: datetime | None = None
    #: What they agreed to; None: they have not said.
    recording: bool | None = None
    scribe: bool | None = None
    consent_at: datetime | None = None
    #: Entries of the patient's consents that stand for it.
    recording_consent_id: str | None = None
    scribe_consent_id: str | None = None


class Call(Document):
    """A call."""

    collection = "calls"
    domain = "platform"

    call_type: CallType
    state: CallState
    provider: Provider = "100ms"
    #: The vendor's name of the room, and where Meet opens it.
    room_id: str
    meeting_url: str | None = None
    waiting_room: bool = False
    initiated_by: str
    participants: list[Participant]
    #: What they were called when the call was made, by account.
    names: Sealed[dict[str, str]] = {}
    patient_id: str | None = None
    appointment_id: str | None = None
    chat_id: str | None = None
    #: When it was first answered, and when it ended.
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    #: Who ended it; None: the vendor, or time.
    ended_by: str | None = None
    #: From answer to end, by our own clock.
    duration_seconds: int | None = None
    #: What an app said of its length.
    reported_duration: str | None = None
    recording_ids: list[str] = []
    #: Whether it is being recorded, or about to be: who has not agreed cannot come in then.
    recording_on: bool = False
    #: What somebody who was on it took back, and when: what was made of it until then is yet to be erased.
    withdrawn: dict[Literal["recording", "scribe"], datetime] = {}
    created_at: datetime
    updated_at: datetime

    #: Whether and when its time was over; what is left then is that there was a call, and when.
    erased: bool = False
    erased_at: datetime | None = None

    def part(self, user_id: str) -> Participant | None:
        """Somebody's part in it."""
        return next((p for p in self.participants if p.user_id == user_id), None)

    @property
    def user_ids(self) -> list[str]:
        """Everybody who takes part."""
        return [p.user_id for p in self.participants]

    @property
    def live(self) -> bool:
        """Whether it can be joined."""
        return self.state in LIVE

    def agreed(self, to: Literal["recording", "scribe"]) -> bool:
        """Whether everybody who has been on it agreed; nobody has on a call that nobody joined."""
        there = [p for p in self.participants if p.joined_at is not None]
        return bool(there) and all(getattr(p, to) is True for p in there)

    def refused(self, what: Literal["recording", "scribe"]) -> bool:
        """Whether somebody who has been on it does not agree to that."""
        return any(getattr(p, what) is False for p in self.participants if p.joined_at is not None)


class CallLog(Document):
    """A call that is over, as one of its participants sees it."""

    collection = "callLogs"
    domain = "platform"

    call_id: str
    user_id: str
    peer_ids: list[str]
    #: What the others were called, by account.
    names: Sealed[dict[str, str]] = {}
    patient_id: str | None = None
    direction: Direction
    status: Outcome
    call_type: CallType
    duration_seconds: int = 0
    created_at: datetime
    ended_at: datetime


class Recording(Document):
    """A recording of a call."""

    collection = "recordings"
    domain = "platform"

    call_id: str
    patient_id: str | None = None
    state: RecordingState = "wanted"
    room_id: str
    #: The vendor's id of it, once it runs.
    vendor_id: str | None = None
    #: Where its content will be; the file's id follows from it.
    object_name: str
    file_id: str
    #: The vendor's link to the content, good for a while.
    source_url: Sealed[str | None] = None
    asset_id: str | None = None
    started_by: str
    started_at: datetime
    stopped_at: datetime | None = None
    #: Raised with every change that a worker has to carry out.
    version: int = 1
    updated_at: datetime


class CallQuality(Document):
    """What an app reported of its connection during a call."""

    collection = "callQuality"
    domain = "platform"
    ttl = "expiresAt"

    call_id: str
    user_id: str
    score: int | None = None
    bitrate_kbps: float | None = None
    packet_loss_percent: float | None = None
    jitter_ms: float | None = None
    round_trip_ms: float | None = None
    stage: Literal["before", "during", "after"] = "during"
    created_at: datetime
    expires_at: datetime


class CallEvent(Document):
    """That a webhook has been taken."""

    collection = "callEvents"
    domain = "platform"
    ttl: ClassVar[str] = "expiresAt"

    type: str
    received_at: datetime
    expires_at: datetime


CALLS_OF_ROOM = Query("calls_of_room", Call, equal=("roomId",), order=("-createdAt",))
CALLS_OF_PATIENT = Query("calls_of_patient", Call, equal=("patientId",), optional=("callType",), order=("-createdAt",))
LOGS_OF_USER = Query(
    "logs_of_user", CallLog, equal=("userId",), optional=("callType", "direction", "status"), order=("-createdAt",)
)
CALLS_BY_AGE = Query("calls_by_age", Call, equal=("erased",), order=("createdAt",))
QUALITY_OF_CALL = Query("quality_of_call", CallQuality, equal=("callId",), order=("-createdAt",))


def log_id(call_id: str, user_id: str) -> str:
    """Id of a call in somebody's log."""
    return f"{call_id}_{user_id}"


def event_id(vendor_id: str) -> str:
    """Id of a webhook that the vendor calls `vendor_id`."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:call-event:{vendor_id}"))


def visit_call_id(appointment_id: str, number: int) -> str:
    """Id of an appointment's call; `number` counts, from 0, how often it was ended and joined again."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:visit:{appointment_id}:{number}"))


def spoken(seconds: int | None) -> str | None:
    """A length as the sources write it: `15m 30s`."""
    if seconds is None:
        return None
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}h {minutes}m {left}s" if hours else f"{minutes}m {left}s"
