"""Bodies and answers of booking: the union of what seeds 001, 002 and 004 send and expect."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from shared.http.answers import Out
from shared.scheduling import zones
from shared.scheduling.booking.addresses import join_url
from shared.scheduling.booking.documents import Appointment, Status
from shared.scheduling.booking.fields import StatusName


class ViewerTime(Out):
    """When it is on the clock of who asks."""

    date: date
    time: str
    time_zone: str


class BookedProviderOut(Out):
    """The provider of a visit, as lists show them (004 §1.1)."""

    id: str
    first_name: str
    last_name: str
    title: str | None = None
    specialty: str | None = None
    npi: str | None = None
    photo_url: str | None = None


class ProviderContact(BookedProviderOut):
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
    provider: BookedProviderOut
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


def money(cents: int | None) -> float | None:
    """Cents in units of the currency."""
    return None if cents is None else cents / 100


def viewer_time(start: datetime, time_zone: str) -> ViewerTime:
    """A time on the clock of a zone."""
    at = zones.local(zones.minutes(start), time_zone)
    return ViewerTime(date=at.date(), time=zones.clock(at), time_zone=time_zone)


def row_values(appointment: Appointment, frontend_url: str, zone: str | None) -> dict[str, object]:
    """What every form of an appointment shows."""
    url = join_url(appointment, frontend_url)
    stored = {name: getattr(appointment, name) for name in AppointmentRow.model_fields if hasattr(appointment, name)}
    return {
        **stored,
        "client_id": appointment.patient_id,
        "provider": BookedProviderOut(id=appointment.provider_id, **appointment.provider.model_dump()),
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
