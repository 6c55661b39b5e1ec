"""Bodies of the clinical lists."""

from typing import Annotated, Literal

from pydantic import Field

from shared.http.answers import Model
from shared.patients import fields
from shared.users.fields import PastDate


class NewDiagnosis(Model):
    """A diagnosis to add."""

    diagnosis: fields.Line = Field(examples=["Type 2 Diabetes"])
    diagnosed_date: PastDate | None = Field(None, examples=["2023-06-01"])
    end_date: PastDate | None = None
    is_active: Annotated[bool, Field(strict=True)] = True


class DiagnosisChange(Model):
    """Changes to a diagnosis: `null` clears a date, what is left out stays."""

    diagnosis: fields.Line | None = None
    diagnosed_date: PastDate | None = None
    end_date: PastDate | None = None
    is_active: Annotated[bool, Field(strict=True)] | None = None


class NewMedication(Model):
    """A medication to add."""

    name: fields.Line = Field(examples=["Metformin"])
    dosage: fields.ShortLine | None = Field(None, examples=["1000mg"])
    frequency: fields.ShortLine | None = Field(None, examples=["Twice Daily"])
    start_date: fields.AnyDate | None = Field(None, examples=["2023-06-01"])
    end_date: fields.AnyDate | None = None
    prescribing_doctor_id: fields.UserId | None = Field(None, description="A doctor's user id.")
    is_active: Annotated[bool, Field(strict=True)] = True


class MedicationChange(Model):
    """Changes to a medication: `null` clears a field, what is left out stays."""

    name: fields.Line | None = None
    dosage: fields.ShortLine | None = None
    frequency: fields.ShortLine | None = None
    start_date: fields.AnyDate | None = None
    end_date: fields.AnyDate | None = None
    prescribing_doctor_id: fields.UserId | None = None
    is_active: Annotated[bool, Field(strict=True)] | None = None


class NewAllergy(Model):
    """An allergy to add."""

    allergy: fields.Line = Field(examples=["Penicillin"])
    severity: Literal["mild", "moderate", "severe"] = "mild"
    reaction_description: fields.Prose | None = Field(None, examples=["Causes rash"])
    is_active: Annotated[bool, Field(strict=True)] = True


class AllergyChange(Model):
    """Changes to an allergy: `null` clears the description, what is left out stays."""

    allergy: fields.Line | None = None
    severity: Literal["mild", "moderate", "severe"] | None = None
    reaction_description: fields.Prose | None = None
    is_active: Annotated[bool, Field(strict=True)] | None = None
