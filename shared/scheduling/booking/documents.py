"""Stored documents of booking.

`appointments/{id}` is the record of a visit; what it takes of somebody's time is on `providerDays` (see
`shared.scheduling.days`), written in the same commit. Ids of holds, reminders, charges and tallies derive from what
they belong to, so that they can be read and written without a query and exist once.
"""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from shared.scheduling import zones
from shared.store.document import Document, Sealed, Value
from shared.store.query import Query


class Status(StrEnum):
    """How far an appointment has come (RESOLUTIONS: Appointment status)."""

    PENDING = "pending"
    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"

    @property
    def is_open(self) -> bool:
        """Whether the visit is still to come or going on."""
        return self in {Status.PENDING, Status.SCHEDULED, Status.CONFIRMED, Status.CHECKED_IN}


class Tier(Value):
    """What cancelling costs when at least `hours_before` hours are left: a share of the price, in percent."""

    hours_before: float
    fee_percent: int


class CancellationPolicy(Document):
    """The practice's terms of cancelling; `practice` is the one there is. Absent means `policy.default_tiers`."""

    collection = "cancellationPolicies"

    tiers: list[Tier]
    version: int = 1
    updated_by: str | None = None
    updated_at: datetime


class ProviderSummary(Value):
    """Who the provider is, as lists show them: a copy, so that a list is one query."""

    first_name: str
    last_name: str
    title: str | None = None
    specialty: str | None = None
    npi: str | None = None
    photo_url: str | None = None


class Place(Value):
    """Whose day a visit takes time of: a provider's, a colleague's or a room's; `day` in that one's own zone."""

    owner_id: str
    day: date


class Appointment(Document):
    """A visit. It is never deleted: a cancelled one stays, as cancelled."""

    collection = "appointments"
    domain = "patients"

    patient_id: str
    patient_user_id: str | None = None
    patient_name: Sealed[str | None] = None
    provider_id: str
    provider: Sealed[ProviderSummary]
    #: Colleagues whose time the visit takes as well.
    staff_ids: list[str] = []
    rooms: list[str] = []

    status: Status
    #: What it shows up under in lists; see `listed_under`.
    listed: list[str] = []
    type: str
    service_id: str | None = None
    service_name: str | None = None
    #: When it begins and ends; `day` and `time_zone` are the provider's.
    start: datetime
    end: datetime
    day: date
    time_zone: str
    #: The provider's date and time of day, `2026-12-15T10:00`: what lists are in order of, and cut by dates.
    wall: str
    #: What it takes with its buffers, in UTC minutes, and of whose days.
    busy_start: int
    busy_end: int
    places: list[Place]

    is_virtual: bool = False
    location: str | None = None
    location_id: str | None = None
    reason: Sealed[str | None] = None
    notes: Sealed[str | None] = None
    preparation: str | None = None
    equipment: list[str] = []
    treatment_types: list[str] = []
    #: The visit this one follows up.
    follow_up_of: str | None = None
    #: The staff member's reason for a time outside the rules.
    override_reason: Sealed[str | None] = None

    #: The price, in the currency's smallest unit.
    amount_cents: int | None = None
    currency: str | None = None
    prepaid: bool = False
    paid_at: datetime | None = None
    #: A pending one is cancelled unless it is paid or confirmed before.
    expires_at: datetime | None = None
    #: The terms of cancelling that held when it was booked.
    tiers: list[Tier] = []

    confirmed_at: datetime | None = None
    check_in_time: datetime | None = None
    check_out_time: datetime | None = None
    attendance: Literal["attended", "late", "missed"] | None = None
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    cancelled_by_role: str | None = None
    cancellation_reason: Sealed[str | None] = None
    rescheduled_at: datetime | None = None
    reschedule_reason: Sealed[str | None] = None
    reschedules: int = 0

    #: SEQUENCE of the calendar entry: raised when time, place or status change (RFC 5545 §3.8.7.4).
    sequence: int = 0
    booked_by: str
    booked_by_role: str
    created_at: datetime
    updated_at: datetime

    @property
    def duration(self) -> int:
        """Its minutes."""
        return zones.minutes(self.end) - zones.minutes(self.start)

    @property
    def people(self) -> list[str]:
        """Accounts of the staff who are part of it."""
        return [self.provider_id, *self.staff_ids]

    @property
    def everybody(self) -> list[str]:
        """Accounts of all who are part of it."""
        return [*self.people, *([self.patient_user_id] if self.patient_user_id else [])]


def listed_under(patient_id: str, people: list[str], status: Status) -> list[str]:
    """What an appointment is found under: whose it is × its state × its provider, one token each.

    A list is then one array-contains query whatever its filters are, and one index.
    """
    provider_id = people[0]
    states = ["", f"|{status.value}", *(["|open"] if status.is_open else [])]
    whose = [f"p:{patient_id}", *(f"u:{user_id}" for user_id in people), "all"]
    found = [f"{who}{state}" for who in whose for state in states]
    # Who works there looks at their own; patients and administrators choose a provider.
    return found + [f"{who}{state}|{provider_id}" for who in (whose[0], whose[-1]) for state in states]


class Hold(Document):
    """A slot kept for somebody while they book; its id follows from who and whose: there is one of each pair.

    What makes it count is its entry on the provider's day.
    """

    collection = "holds"
    ttl: ClassVar[str] = "expiresAt"

    user_id: str
    provider_id: str
    day: date
    start: datetime
    end: datetime
    created_at: datetime
    expires_at: datetime


class ChargeRequest(Document):
    """Money that an appointment asks for: `{appointmentId}_{kind}`. Billing takes it from here.

    `fee_cents` is what stays with the practice, `refund_cents` what goes back of what has been paid.
    """

    collection = "chargeRequests"
    domain = "patients"

    kind: Literal["prepayment", "cancellation", "no_show"]
    appointment_id: str
    patient_id: str
    provider_id: str
    amount_cents: int
    fee_cents: int = 0
    refund_cents: int = 0
    currency: str
    state: Literal["open", "settled", "void"] = "open"
    waived_by: str | None = None
    waiver_reason: Sealed[str | None] = None
    created_at: datetime
    updated_at: datetime


class FreedSlot(Document):
    """Time that came free and is offered along the waitlist, one after the other."""

    collection = "freedSlots"
    ttl: ClassVar[str] = "expiresAt"

    provider_id: str
    day: date
    start: datetime
    end: datetime
    entry_id: str | None = None
    #: Until when the present offer holds.
    offered_until: datetime | None = None
    tried: list[str] = []
    state: Literal["open", "taken", "done"] = "open"
    expires_at: datetime


class CalendarFeed(Document):
    """A user's calendar feed; the id is the user's. Only a hash of its secret is kept."""

    collection = "calendarFeeds"

    secret_hash: str
    created_at: datetime
    last_fetched_at: datetime | None = None


#: In the order of the provider's dates, as answers show them.
LISTED = Query("appointments_listed", Appointment, contains="listed", order=("wall",))
LISTED_LATEST = Query("appointments_listed_latest", Appointment, contains="listed", order=("-wall",))
#: In the order of time itself: what is next.
LISTED_NEXT = Query("appointments_listed_next", Appointment, contains="listed", order=("start",))
OPEN_CHARGES = Query("open_charges", ChargeRequest, equal=("state",), order=("createdAt",))


def hold_id(user_id: str, provider_id: str) -> str:
    """The one hold of a user with a provider."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:hold:{user_id}:{provider_id}"))


def charge_id(appointment_id: str, kind: str) -> str:
    """The one request for money of a kind."""
    return f"{appointment_id}_{kind}"


def room_owner(room: str) -> str:
    """Whose day a room's time is taken of."""
    return f"room-{uuid.uuid5(uuid.NAMESPACE_URL, f'consentmd:room:{room.casefold()}')}"
