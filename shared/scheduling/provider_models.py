"""Bodies and answers about providers: the union of what seeds 002 and 004 (§1.2, §2.2, §2.3) say of them."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, field_validator, model_validator

from shared.config import Settings
from shared.http.answers import Model, Out
from shared.reference import specialties
from shared.scheduling import facets
from shared.scheduling.completeness import missing, score
from shared.scheduling.directory import ProviderCard, Shown, next_free
from shared.scheduling.npi import check_npi
from shared.scheduling.profiles import Modality, Provider
from shared.store.query import PageInfo, Paging
from shared.users import fields

Line = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(fields.one_line)]
Lines = Annotated[list[Line], Field(max_length=20)]
Paragraph = Annotated[str, StringConstraints(max_length=2000), AfterValidator(fields.no_controls)]
State = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$"), AfterValidator(str.upper)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$"), AfterValidator(str.upper)]
ZipCode = Annotated[str, StringConstraints(min_length=3, max_length=10, pattern=r"^[A-Za-z0-9 -]+$")]
Minutes = Annotated[int, Field(ge=0, le=240)]


def _specialty(text: str) -> str:
    slug = specialties.slug_of(text)
    if slug is None:
        raise ValueError("must be a specialty of GET /specialties, e.g. family_medicine")
    return slug


def _category(text: str) -> str:
    node = specialties.node_of(text)
    if node is None:
        raise ValueError("must be of GET /specialties, e.g. family_medicine, sports_medicine or primary_care")
    return node.slug


Category = Annotated[str, Field(max_length=100), AfterValidator(_category)]
Slug = Annotated[str, Field(max_length=100), AfterValidator(_specialty)]


# What is asked


class SearchFields(Model):
    """What a provider must have; everything given must fit."""

    specialty: Category | None = Field(
        None,
        description="Slug or name of one of the fourteen specialties (seed 004 §4.2), a subspecialty, or a branch; "
        "finds what is below it, too.",
        examples=["family_medicine"],
    )
    location: str | None = Field(
        None,
        max_length=200,
        description="Words of city, state, zip code or street; all have to fit.",
        examples=["Boston, MA"],
    )
    day: Annotated[date | None, BeforeValidator(fields.iso_date)] = Field(
        None, alias="date",
        description="Only providers with a free slot on this day. From 30 days ahead: who works on such a weekday.",
    )  # fmt: skip
    insurance_accepted: str | None = Field(None, max_length=100, examples=["Aetna"])
    language: str | None = Field(None, max_length=50, description="English name or two-letter code.", examples=["es"])
    name: str | None = Field(None, min_length=2, max_length=100, description="Beginnings of words of the name.")
    accepting_new_patients: bool = Field(default=False, description="Only who takes new patients.")


class ProviderSearch(SearchFields, Paging):
    """Which providers to find."""


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


class LocationIn(Model):
    """A location; with the id of one there is, that one."""

    id: str | None = Field(None, max_length=36)
    name: Line | None = None
    address: Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(fields.one_line)]
    city: Line
    state: State = Field(examples=["MA"])
    zip_code: ZipCode = Field(examples=["02101"])
    country: State = Field("US", description="ISO 3166, two letters.")
    phone: fields.Phone | None = None
    is_primary: bool = False


class ServiceIn(Model):
    """A service; with the id of one there is, that one."""

    id: str | None = Field(None, max_length=36)
    name: Line
    description: Paragraph | None = None
    treatment_type: Line | None = Field(None, examples=["echocardiography"])
    price_cents: int = Field(0, ge=0, le=100_000_000, description="In the currency's smallest unit.")
    currency: Currency = Field("USD", description="ISO 4217.")
    duration_minutes: int = Field(30, ge=5, le=480)
    buffer_before_minutes: Minutes = 0
    buffer_after_minutes: Minutes = 0
    prepaid: bool = False
    modality: Modality = "either"
    equipment: Lines = []
    qualifications: Lines = []
    preparation: Paragraph | None = Field(None, description="What the patient is told before; goes with reminders.")
    reminder_minutes: Annotated[list[Annotated[int, Field(ge=5, le=43_200)]], Field(max_length=5)] | None = Field(
        None, description="When to remind of it, in minutes before; null for the usual times."
    )
    co_provider_ids: Annotated[list[Annotated[str, Field(max_length=36)]], Field(max_length=5)] = Field(
        [], description="Other providers who have to be free at the same time."
    )
    room_id: str | None = Field(None, max_length=36)
    is_active: bool = True

    @model_validator(mode="after")
    def _paid(self) -> Self:
        if self.prepaid and self.price_cents == 0:
            raise ValueError("a prepaid service needs a price")
        return self


class PositionIn(Model):
    """A part of a professional history."""

    position: Line
    organization: Line
    from_year: int = Field(ge=1940, le=2100)
    until_year: int | None = Field(None, ge=1940, le=2100)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until_year is not None and self.until_year < self.from_year:
            raise ValueError("untilYear cannot be before fromYear")
        return self


class ProviderUpdate(Model):
    """Changes to one's own profile. What is left out stays; `null` clears; a list replaces the list."""

    title: fields.Title | None = None
    specialty: Slug | None = Field(
        None, description="Slug or name of the main specialty.", examples=["family_medicine"]
    )
    specialties: Annotated[list[Slug], Field(max_length=10)] | None = None
    npi: Annotated[str, AfterValidator(check_npi)] | None = Field(None, examples=["1234567893"])
    bio: fields.Bio | None = None
    languages: Lines | None = None
    years_of_experience: int | None = Field(None, ge=0, le=80)
    education: Paragraph | None = None
    certifications: Lines | None = None
    professional_history: Annotated[list[PositionIn], Field(max_length=30)] | None = None
    skills: Lines | None = None
    insurance_accepted: Annotated[list[Line], Field(max_length=50)] | None = None
    phone: fields.Phone | None = Field(None, description="Of the practice; shown to patients.")
    email: fields.Email | None = Field(None, description="Of the practice; shown to patients.")
    locations: Annotated[list[LocationIn], Field(max_length=10)] | None = None
    services: Annotated[list[ServiceIn], Field(max_length=50)] | None = None
    accepting_new_patients: bool | None = None
    version: int | None = Field(None, ge=1, description="Of the profile as it was read; a stale one is refused.")

    @field_validator("accepting_new_patients")
    @classmethod
    def _said(cls, accepting: bool | None) -> bool | None:
        if accepting is None:
            raise ValueError("must be true or false")
        return accepting

    @field_validator("locations")
    @classmethod
    def _one_main(cls, locations: list[LocationIn] | None) -> list[LocationIn] | None:
        if locations and sum(place.is_primary for place in locations) > 1:
            raise ValueError("only one location can be the main one")
        return locations


def wanted_facets(wanted: SearchFields, today: date) -> list[str]:
    """What a search asks of the directory."""
    found: list[str] = []
    if wanted.specialty is not None:
        found.append(facets.specialty(wanted.specialty))
    if wanted.location is not None:
        found += facets.place(wanted.location)
    if wanted.day is not None:
        found.append(facets.free_on(wanted.day, today))
    if wanted.insurance_accepted is not None:
        found.append(facets.insurance(wanted.insurance_accepted))
    if wanted.language is not None:
        found.append(facets.language(wanted.language))
    if wanted.accepting_new_patients:
        found.append(facets.ACCEPTING)
    return found
