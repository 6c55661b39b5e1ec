"""Bodies that start calls and meetings."""

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from shared.calls.documents import CallType
from shared.calls.models import Id, Ids
from shared.http.answers import Model


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
