"""Bodies and answers of booking: the union of what seeds 001, 002 and 004 send and expect."""

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from shared.http.answers import Model, Out
from shared.patients.fields import UserId
from shared.scheduling import zones
from shared.scheduling.booking import fields
from shared.scheduling.booking.documents import Appointment, Status, Tier
from shared.scheduling.booking.fields import StatusName
from shared.store.query import Paging


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


class Cancellation(Model):
    """Why an appointment is cancelled."""

    reason: fields.Reason = Field(examples=["Feeling better, no longer needed"])
    requested_by: Literal["patient", "practice"] | None = Field(
        None,
        description="Staff: on whose wish. The practice's costs nothing; without it that is what staff cancel on.",
    )
    waive_fee: bool = Field(default=False, description="Staff: no fee, whatever the policy says; needs waiverReason.")
    waiver_reason: fields.Reason | None = Field(None, description="Why the fee is waived.")

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if self.waive_fee != (self.waiver_reason is not None):
            raise ValueError("waiveFee and waiverReason come together")
        return self


class OptionalCancellation(Model):
    """Why an appointment is cancelled, if that is to be said."""

    reason: fields.Reason | None = None


class NewHold(Model):
    """A slot to keep while booking."""

    date: fields.Day
    time: fields.WallTime
    duration: fields.Duration | None = None
    service_id: str | None = Field(None, max_length=100)
    #: The seed sends the type with the service; both name it.
    type: fields.TypeName | None = None


class HoldOut(Out):
    """A kept slot."""

    hold_id: str
    provider_id: str
    date: date
    time: str
    time_zone: str
    duration: int
    expires_at: datetime


class ViewerTime(Out):
    """When it is on the clock of who asks."""

    date: date
    time: str
    time_zone: str


class ProviderOut(Out):
    """The provider of a visit, as lists show them (004 §1.1)."""

    id: str
    first_name: str
    last_name: str
    title: str | None = None
    specialty: str | None = None
    npi: str | None = None
    photo_url: str | None = None


class ProviderContact(ProviderOut):
    """The same, with how to reach them."""

    phone: str | None = None
    email: str | None = None


class AppointmentRow(Out):
    """An appointment."""

    id: str
    patient_id: str
    client_id: str
    patient_user_id: str | None
    patient_name: str | None
    provider_id: str
    provider: ProviderOut
    staff_ids: list[str]
    rooms: list[str]
    date: date
    time: str = Field(examples=["10:00 AM"])
    time_zone: str = Field(description="Of date and time: the provider's.")
    starts_at: datetime
    ends_at: datetime
    viewer: ViewerTime | None = Field(None, description="The same time in the caller's zone (their preferences).")
    duration: int = Field(description="Minutes.")
    type: str
    service_id: str | None
    service_name: str | None
    status: StatusName
    reason: str | None
    notes: str | None
    is_virtual: bool
    virtual_meeting_url: str | None = Field(description="Where a video visit is joined; null when it is not one.")
    video_link: str | None = Field(description="Seed 001's name of virtualMeetingUrl.")
    location: str | None
    location_id: str | None
    preparation: str | None
    equipment: list[str]
    treatment_types: list[str]
    follow_up_of: str | None
    amount: float | None = Field(description="The price, in units of `currency`.")
    currency: str | None
    expires_at: datetime | None = Field(description="Until when a pending one waits to be paid or confirmed.")
    check_in_time: datetime | None
    check_out_time: datetime | None
    attendance: Literal["attended", "late", "missed"] | None
    cancelled_at: datetime | None
    cancellation_reason: str | None
    created_at: datetime
    updated_at: datetime


class CalendarLinks(Out):
    """How to put an appointment into a calendar, and whether the caller's own has it."""

    ics: str
    google: str
    outlook: str
    sync_status: Literal["off", "pending", "synced"] = Field(
        description="Of the caller's feed: there is none; it has not been fetched since the last change; it has been."
    )


class AppointmentOut(AppointmentRow):
    """An appointment in full."""

    provider: ProviderContact
    calendar: CalendarLinks
    sequence: int


class CancelledOut(Out):
    """That an appointment was cancelled (004 §1.1)."""

    message: str = "Appointment cancelled successfully"
    id: str
    status: StatusName
    cancelled_at: datetime | None
    cancellation_reason: str | None
    fee: float | None = Field(description="What stays with the practice, in units of `currency`.")
    refund: float | None
    currency: str | None


class TierOut(Out):
    """A tier of the policy: the share of the price when at least so many hours are left."""

    hours_before: float
    fee_percent: int


class TierIn(Model):
    """A tier of the policy."""

    hours_before: float = Field(ge=0, le=720, examples=[24])
    fee_percent: int = Field(ge=0, le=100, examples=[0])


class PolicyIn(Model):
    """The practice's terms of cancelling."""

    tiers: Annotated[list[TierIn], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _ladder(self) -> Self:
        hours = [tier.hours_before for tier in self.tiers]
        if len(set(hours)) != len(hours):
            raise ValueError("two tiers have the same hoursBefore")
        ordered = sorted(self.tiers, key=lambda tier: tier.hours_before)
        if any(early.fee_percent < late.fee_percent for early, late in pairwise(ordered)):
            raise ValueError("a fee may not be higher the earlier somebody cancels")
        return self

    def stored(self) -> list[Tier]:
        """From the longest notice to the shortest."""
        ordered = sorted(self.tiers, key=lambda tier: -tier.hours_before)
        return [Tier(hours_before=tier.hours_before, fee_percent=tier.fee_percent) for tier in ordered]


class PolicyOut(Out):
    """The terms of cancelling."""

    tiers: list[TierOut]
    version: int
    updated_at: datetime | None


class PreviewOut(Out):
    """What cancelling now would come to."""

    appointment_id: str
    can_cancel: bool
    hours_left: float
    tier: TierOut | None
    tiers: list[TierOut]
    amount: float | None
    fee: float | None
    refund: float | None
    currency: str | None


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


class AppointmentList(Paging):
    """Which appointments to list."""

    default_limit = 20

    status: StatusName | Literal["upcoming"] | None = Field(
        None, description="A status; `upcoming`: still to come and neither cancelled nor missed, soonest first."
    )
    start_date: fields.Day | None = None
    end_date: fields.Day | None = Field(None, description="Included.")
    provider_id: UserId | None = None
    patient_id: UserId | None = Field(None, description="Staff: of this patient.")


class OwnList(Paging):
    """Which of one's own appointments to list."""

    default_limit = 20

    status: StatusName | Literal["upcoming"] | None = None
    date: fields.Day | None = None
    start_date: fields.Day | None = None
    end_date: fields.Day | None = None
    provider_id: UserId | None = Field(None, description="For patients.")


class NewWaitlistEntry(Model):
    """What somebody waits for."""

    from_: fields.Day = Field(alias="from")
    to: fields.Day
    duration: fields.Duration = 30
    earliest: fields.WallTime | None = None
    latest: fields.WallTime | None = None
    notes: fields.Notes | None = None
    patient_id: UserId | None = Field(None, description="Whom staff put on the list.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to < self.from_:
            raise ValueError("to must not be before from")
        if self.earliest is not None and self.latest is not None and self.latest < self.earliest:
            raise ValueError("latest must not be before earliest")
        return self


class WaitlistOffer(Out):
    """A slot that is kept for somebody on the waitlist."""

    starts_at: datetime
    expires_at: datetime


class WaitlistOut(Out):
    """A place on a waitlist."""

    entry_id: str
    provider_id: str
    patient_id: str
    from_: date = Field(alias="from")
    to: date
    duration: int
    state: Literal["waiting", "offered", "booked", "left", "over"]
    offer: WaitlistOffer | None = Field(None, description="A slot kept for them: they take it by booking it.")
    created_at: datetime


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


class ProviderDashboard(Out):
    """A provider's day and figures (seed 001)."""

    today: date
    time_zone: str
    today_appointments: int = Field(description="Visits that begin today, cancelled ones left out.")
    upcoming_appointments: int = Field(description="Neither held, cancelled nor missed yet.")
    pending_appointments: int
    completed_appointments: int
    cancelled_appointments: int
    no_show_appointments: int
    total_clients: int
    next_appointment: AppointmentRow | None


class ClientDashboard(Out):
    """A patient's figures (seed 001)."""

    upcoming_appointments: int
    pending_appointments: int
    completed_appointments: int
    cancelled_appointments: int
    next_appointment: AppointmentRow | None
    provider_id: str | None = Field(description="The client's own provider.")


def money(cents: int | None) -> float | None:
    """Cents in units of the currency."""
    return None if cents is None else cents / 100


def viewer_time(start: datetime, time_zone: str) -> ViewerTime:
    """A time on the clock of a zone."""
    at = zones.local(zones.minutes(start), time_zone)
    return ViewerTime(date=at.date(), time=zones.clock(at), time_zone=time_zone)


def join_url(appointment: Appointment, frontend_url: str) -> str | None:
    """Our own address behind which calls open the room; none for a visit in person."""
    if not appointment.is_virtual:
        return None
    return f"{frontend_url.rstrip('/')}/appointments/{appointment.id}/join"


def row_values(appointment: Appointment, frontend_url: str, zone: str | None) -> dict[str, object]:
    """What every form of an appointment shows."""
    url = join_url(appointment, frontend_url)
    stored = {name: getattr(appointment, name) for name in AppointmentRow.model_fields if hasattr(appointment, name)}
    return {
        **stored,
        "client_id": appointment.patient_id,
        "provider": ProviderOut(id=appointment.provider_id, **appointment.provider.model_dump()),
        "date": appointment.day,
        "time": zones.shown(zones.minutes(appointment.start), appointment.time_zone),
        "starts_at": appointment.start,
        "ends_at": appointment.end,
        "viewer": viewer_time(appointment.start, zone) if zone else None,
        "status": appointment.status.value,
        "virtual_meeting_url": url,
        "video_link": url,
        "amount": money(appointment.amount_cents),
        "expires_at": appointment.expires_at if appointment.status is Status.PENDING else None,
    }
