"""Bodies and answers about providers: the union of what seeds 002 and 004 (§1.2, §2.2, §2.3) say of them."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from shared.config import Settings
from shared.http.answers import Out
from shared.reference import specialties
from shared.scheduling.completeness import missing, score
from shared.scheduling.directory import ProviderCard, Shown, next_free
from shared.scheduling.profiles import Modality, Provider
from shared.store.query import PageInfo


def _specialty(text: str) -> str:
    slug = specialties.slug_of(text)
    if slug is None:
        raise ValueError("must be a specialty of GET /specialties, e.g. family_medicine")
    return slug


Slug = Annotated[str, Field(max_length=100), AfterValidator(_specialty)]


# What is asked


# What is shown


class LocationOut(Out):
    """Where a provider sees patients."""

    id: str
    name: str | None
    address: str
    city: str
    state: str
    zip_code: str
    country: str
    phone: str | None
    is_primary: bool


class ServiceOut(Out):
    """Something a provider offers, what it costs and takes."""

    id: str
    name: str
    description: str | None
    treatment_type: str | None
    price_cents: int = Field(description="In the currency's smallest unit.")
    price: float = Field(description="The same in the currency's main unit.")
    currency: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    prepaid: bool = Field(description="Booked as `pending` until it is paid.")
    modality: Modality
    equipment: list[str]
    qualifications: list[str]
    preparation: str | None
    reminder_minutes: list[int] | None
    co_provider_ids: list[str]
    room_id: str | None
    is_active: bool

    @model_validator(mode="before")
    @classmethod
    def _priced(cls, service: Any) -> Any:
        if isinstance(service, dict):
            return service
        return {**service.model_dump(), "price": service.price_cents / 100}


class PositionOut(Out):
    """A part of a professional history."""

    position: str
    organization: str
    from_year: int
    until_year: int | None


class ProviderOut(Out):
    """A provider as search shows them (seed 004 §1.2)."""

    id: str
    first_name: str
    last_name: str
    name: str
    title: str | None
    specialty: str | None = Field(description="Name of the main specialty.", examples=["Family Medicine"])
    specialties: list[str]
    npi: str | None
    photo_url: str | None
    bio: str | None
    languages: list[str]
    years_of_experience: int | None
    education: str | None
    certifications: list[str]
    insurance_accepted: list[str]
    accepting_new_patients: bool
    rating: float = Field(description="Average of the reviews, 1 to 5; 0 when there is none.")
    review_count: int
    next_available_date: date | None = Field(
        description="Next day with a free slot, as last computed; GET /providers/{providerId}/available-slots is exact."
    )
    location: LocationOut | None = Field(description="The main location.")
    phone: str | None
    email: str | None

    @classmethod
    def of_card(cls, card: ProviderCard, settings: Settings, now: datetime) -> Self:
        """An entry of the directory."""
        free = next_free(card.free_from, card.free_days, card.time_zone, now)
        return cls(**_shown(card.provider_id, card.shown, settings), next_available_date=free)


class ProviderPage(Out):
    """Providers found."""

    data: list[ProviderOut]
    total: int
    pagination: PageInfo


class ProviderDetail(ProviderOut):
    """A provider, whole."""

    specialty_slug: str | None
    specialty_slugs: list[str]
    skills: list[str]
    professional_history: list[PositionOut]
    locations: list[LocationOut]
    services: list[ServiceOut] = Field(description="What can be booked here besides plain visits.")
    time_zone: str
    completeness_score: int = Field(description="How much of the profile is filled in, 0 to 100.")
    version: int = Field(description="Send it with PUT /providers/me, so that nobody's change is lost.")

    @classmethod
    def of(cls, provider: Provider, settings: Settings, now: datetime) -> Self:
        """What everybody may see of a provider."""
        return cls(**_detail(provider, settings, now))


class OwnProvider(ProviderDetail):
    """A provider as they see themselves."""

    listed: bool = Field(description="Whether patients find this profile.")
    missing: list[str] = Field(description="What would make the profile more complete.")

    @classmethod
    def of(cls, provider: Provider, settings: Settings, now: datetime) -> Self:
        """One's own profile, inactive services included."""
        shown = _detail(provider, settings, now) | {"services": provider.profile.services}
        return cls(**shown, listed=provider.profile.listed, missing=missing(provider.profile))


def _detail(provider: Provider, settings: Settings, now: datetime) -> dict[str, Any]:
    profile = provider.profile
    free = next_free(profile.free_from, profile.free_days, provider.schedule.time_zone, now)
    return _shown(provider.id, Shown.model_validate(profile), settings) | {
        "next_available_date": free,
        "specialty_slug": profile.specialty,
        "specialty_slugs": profile.specialties,
        "skills": profile.skills,
        "professional_history": profile.history,
        "locations": profile.locations,
        "services": [service for service in profile.services if service.is_active],
        "time_zone": provider.schedule.time_zone,
        "completeness_score": score(profile),
        "version": profile.version,
    }


def _shown(provider_id: str, shown: Shown, settings: Settings) -> dict[str, Any]:
    first, _, last = shown.name.rpartition(" ")
    main = next((p for p in shown.locations if p.is_primary), next(iter(shown.locations), None))
    photo = f"{settings.public_url.rstrip('/')}/api/v1/providers/{provider_id}/photo"
    return {
        **shown.model_dump(exclude={"locations", "has_photo", "insurances", "specialty", "specialties"}),
        "id": provider_id,
        "first_name": first or last,
        "last_name": last if first else "",
        "specialty": specialties.name_of(shown.specialty) if shown.specialty else None,
        "specialties": [specialties.name_of(slug) for slug in shown.specialties],
        "photo_url": photo if shown.has_photo else None,
        "insurance_accepted": shown.insurances,
        "location": main,
    }


# What is changed
