"""Stored documents of the waitlist."""

from datetime import date, datetime
from typing import Literal

from shared.store.document import Document, Sealed
from shared.store.query import Query


class WaitlistEntry(Document):
    """Somebody who takes a slot that comes free."""

    collection = "waitlist"
    domain = "patients"

    provider_id: str
    patient_id: str
    user_id: str
    first_day: date
    last_day: date
    #: Wall minutes of the provider's day between which the visit is to begin.
    earliest: int = 0
    latest: int = 1440
    duration: int
    state: Literal["waiting", "offered", "booked", "left", "over"] = "waiting"
    notes: Sealed[str | None] = None
    offer_id: str | None = None
    offer_start: datetime | None = None
    offer_expires_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


WAITING = Query("waitlist_waiting", WaitlistEntry, equal=("providerId", "state"), order=("createdAt",))
WAITLIST_OF_USER = Query("waitlist_of_user", WaitlistEntry, equal=("userId",), order=("-createdAt",))
