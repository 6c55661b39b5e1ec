"""Stored documents of a provider besides the account: the profile, what they offer, and where.

A provider is a doctor's account; the profile's id is the account's, and so is `providerId` everywhere. Name, title,
biography and picture are the account's own and copied here, so that a profile is one read.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from shared.context import Context, reads_by_path
from shared.errors import ProviderNotFound
from shared.scheduling.availability import Schedule
from shared.store.document import Document, Sealed, Value
from shared.users.documents import User

Modality = Literal["in_person", "virtual", "either"]


class Location(Value):
    """Where a provider sees patients (004 §2.3)."""

    id: str
    name: str | None = None
    address: str
    city: str
    state: str
    zip_code: str
    country: str = "US"
    phone: str | None = None
    is_primary: bool = False


class Service(Value):
    """Something a provider offers and what it takes. Money in the currency's smallest unit."""

    id: str
    name: str
    description: str | None = None
    treatment_type: str | None = None
    price_cents: int = 0
    currency: str = "USD"
    duration_minutes: int = 30
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    #: Booked as `pending` until it is paid.
    prepaid: bool = False
    modality: Modality = "either"
    #: What has to be there, and what whoever does it must be able to do.
    equipment: list[str] = []
    qualifications: list[str] = []
    #: What the patient is told before.
    preparation: str | None = None
    #: When to remind of it, in minutes before; None for the defaults.
    reminder_minutes: list[int] | None = None
    #: Other providers who have to be free at the same time, and the room.
    co_provider_ids: list[str] = []
    room_id: str | None = None
    is_active: bool = True


class Position(Value):
    """A part of a professional history."""

    position: str
    organization: str
    from_year: int
    until_year: int | None = None


class ProviderProfile(Document):
    """What patients choose a provider by (004 §2.2)."""

    collection = "providerProfiles"
    domain = "users"

    name: Sealed[str]
    title: str | None = None
    #: Slugs of `shared.reference.specialties`; `specialty` is the main one and among them.
    specialty: str | None = None
    specialties: list[str] = []
    npi: str | None = None
    bio: str | None = None
    languages: list[str] = []
    years_of_experience: int | None = None
    education: str | None = None
    certifications: list[str] = []
    history: list[Position] = []
    skills: list[str] = []
    insurances: list[str] = []
    phone: Sealed[str | None] = None
    email: Sealed[str | None] = None
    has_photo: bool = False
    locations: list[Location] = []
    services: list[Service] = []
    accepting_new_patients: bool = True
    #: Average of published reviews, 1 to 5, and their number; 0.0 when there is none. Kept by reviews.
    rating: float = 0.0
    review_count: int = 0

    #: Whether patients find and book this provider: verified, active, not deleted.
    listed: bool = False
    #: As `refresh_provider` last found it: bit n of `free_days` is the day n after `free_from`.
    free_from: date | None = None
    free_days: int = 0
    next_free: date | None = None
    #: The entry of the directory (`providerCards`).
    card_id: str | None = None
    #: By which `refresh_provider` sees that appointments show somebody who is called differently now.
    summary_mark: str | None = None
    refreshed_at: datetime | None = None
    version: int = 1
    created_at: datetime
    updated_at: datetime

    def service(self, service_id: str) -> Service | None:
        """An offered service, by id."""
        return next((s for s in self.services if s.id == service_id and s.is_active), None)

    def location(self, location_id: str | None = None) -> Location | None:
        """A location by id; without one, the main location."""
        if location_id is not None:
            return next((place for place in self.locations if place.id == location_id), None)
        return next((place for place in self.locations if place.is_primary), next(iter(self.locations), None))


class Provider(BaseModel):
    """A provider as booking needs them: account, profile and rules, read together."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    user: User
    profile: ProviderProfile
    schedule: Schedule

    @property
    def id(self) -> str:
        """`providerId`."""
        return self.user.id


def provider_reads(provider_id: str) -> Iterable[tuple[type[Document], str]]:
    """Documents of a provider to read together with the session."""
    return ((User, provider_id), (ProviderProfile, provider_id), (Schedule, provider_id))


def _first_batch(provider_id: str, _caller_id: str) -> Iterable[tuple[type[Document], str]]:
    return provider_reads(provider_id)


reads_by_path("providerId", _first_batch)


def provider(ctx: Context, provider_id: str) -> Provider:
    """The provider; anybody signed in may see one. Raises `ProviderNotFound` for who is none or does not practise."""
    for cls, document_id in provider_reads(provider_id):
        ctx.unit.want(cls, document_id)
    user = ctx.unit.get(User, provider_id)
    if user is None or not practises(user):
        raise ProviderNotFound
    return Provider(
        user=user,
        profile=ctx.unit.get(ProviderProfile, provider_id) or new_profile(user, ctx.now),
        schedule=ctx.unit.get(Schedule, provider_id) or Schedule(id=provider_id),
    )


def practises(user: User) -> bool:
    """Whether patients may book this account: a doctor with verified credentials whose account is open."""
    return user.role.is_provider and user.is_active and not user.deleted and user.verification == "approved"


def new_profile(user: User, now: datetime) -> ProviderProfile:
    """The profile of a doctor who has not said more than at registration."""
    bare = ProviderProfile(id=user.id, name=user.name, created_at=now, updated_at=now)
    return bare.model_copy(update=copied(user, bare))


def copied(user: User, profile: ProviderProfile) -> dict[str, Any]:
    """What a profile repeats of its account."""
    from shared.reference.specialties import slug_of

    specialty = slug_of(user.specialty or "") or profile.specialty
    others = [slug for slug in profile.specialties if slug != specialty]
    return {
        "name": user.name,
        "title": user.title,
        "bio": user.bio,
        "specialty": specialty,
        "specialties": [specialty, *others] if specialty else others,
        "has_photo": user.avatar_file_id is not None,
        "listed": practises(user),
    }
