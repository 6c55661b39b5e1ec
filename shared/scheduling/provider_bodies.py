"""Bodies with which providers describe their practice."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from shared.http.answers import Model
from shared.scheduling.npi import check_npi
from shared.scheduling.profiles import Modality
from shared.scheduling.provider_models import Slug
from shared.scheduling.text_fields import Line, Lines, Paragraph
from shared.users import fields

State = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$"), AfterValidator(str.upper)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$"), AfterValidator(str.upper)]
ZipCode = Annotated[str, StringConstraints(min_length=3, max_length=10, pattern=r"^[A-Za-z0-9 -]+$")]
Minutes = Annotated[int, Field(ge=0, le=240)]


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
