"""The directory as it is asked for."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from shared.http.answers import Model
from shared.reference import specialties
from shared.scheduling import facets
from shared.store.query import Paging
from shared.users import fields


def _category(text: str) -> str:
    node = specialties.node_of(text)
    if node is None:
        raise ValueError("must be of GET /specialties, e.g. family_medicine, sports_medicine or primary_care")
    return node.slug


Category = Annotated[str, Field(max_length=100), AfterValidator(_category)]


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
