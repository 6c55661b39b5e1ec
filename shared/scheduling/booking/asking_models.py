"""Bodies that make, move and change appointments."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shared.http.answers import Model
from shared.patients.fields import UserId
from shared.scheduling.booking import fields
from shared.scheduling.booking.fields import StatusName


class NewAppointment(Model):
    """An appointment to make."""

    provider_id: UserId
    date: fields.Day
    time: fields.WallTime
    type: fields.TypeName | None = Field(
        None,
        description=f"One of {', '.join(fields.TYPES)}, or a service the provider offers (its name or id). Required "
        "on POST /appointments.",
        examples=["routine_checkup"],
    )
    service_id: str | None = Field(None, max_length=100, description="A service the provider offers.")
    duration: fields.Duration | None = Field(None, description="Minutes; the service's, or 30, when it is left out.")
    reason: fields.Reason | None = Field(
        None,
        description="10 to 500 characters. Required on POST /appointments.",
        examples=["Annual physical examination"],
    )
    notes: fields.Notes | None = Field(None, examples=["Prefers mornings"])
    is_virtual: bool | None = Field(None, description="By video; false when it is left out.")
    location_id: str | None = Field(None, max_length=100, description="One of the provider's locations.")
    patient_id: UserId | None = Field(None, description="Whom staff book for; for patients it is themselves.")
    client_id: UserId | None = Field(None, description="Seed 001's name of patientId.")
    hold_id: UserId | None = Field(None, description="A hold of this time, made before.")
    staff_ids: Annotated[list[UserId], Field(max_length=5)] = Field(
        [], description="Colleagues who are needed as well; all of them are booked, or nobody is. By staff."
    )
    rooms: Annotated[list[fields.Item], Field(max_length=3)] = Field([], description="Rooms it needs. By staff.")
    equipment: fields.Items = Field([], description="What has to be there.", examples=[["ECG"]])
    treatment_types: fields.Items = Field([], description="What is to be done.")
    follow_up_of: UserId | None = Field(None, description="The patient's visit that this one follows up.")
    override_reason: fields.Reason | None = Field(
        None, description="Why staff book outside the provider's free slots. Never on top of another visit."
    )

    @model_validator(mode="after")
    def _one_patient(self) -> Self:
        if self.patient_id and self.client_id and self.patient_id != self.client_id:
            raise ValueError("patientId and clientId are two names of one field; send one of them")
        return self

    @property
    def for_patient(self) -> str | None:
        """The patient, by either name."""
        return self.patient_id or self.client_id


class NewTime(Model):
    """When an appointment is to be instead."""

    date: fields.Day
    time: fields.WallTime
    reason: fields.Notes | None = Field(None, description="Why it is moved.", examples=["Work conflict"])
    hold_id: UserId | None = Field(None, description="A hold of this time, made before.")
    override_reason: fields.Reason | None = Field(
        None, description="Why staff move it outside the provider's free slots, or less than 2 hours before it."
    )


class AppointmentChange(Model):
    """What to change; what is left out stays. A date or time moves the appointment."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"date": "2026-03-16", "time": "10:00 AM"}]})

    date: fields.Day | None = None
    time: fields.WallTime | None = None
    status: StatusName | None = Field(None, description="cancelled or confirmed; staff may set the others as well.")
    reason: fields.Reason | None = Field(None, description="Of the visit; with status cancelled, of cancelling.")
    notes: fields.Notes | None = None
    equipment: fields.Items | None = None
    treatment_types: fields.Items | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        if not given:
            raise ValueError("says nothing to change")
        if "status" in given and given & {"date", "time"}:
            raise ValueError("an appointment is moved or its status changed, not both at once")
        return self


class StatusChange(Model):
    """How far an appointment has come."""

    status: StatusName
    reason: fields.Reason | None = Field(None, description="Why it is cancelled.")
    attendance: Literal["attended", "late", "missed"] | None = Field(
        None, description="How the patient attended; follows from the status when it is left out."
    )
