"""Queries of lists of patients, and their rows."""

from datetime import date, datetime
from typing import Self

from pydantic import Field

from shared.http.answers import Out
from shared.patients import fields
from shared.patients.documents import Patient, Relationship
from shared.store.query import Paging
from shared.users.fields import BirthDate, Phone


class PatientRow(Out):
    """A patient in a list."""

    id: str
    mrn: str
    name: str | None
    date_of_birth: date | None
    phone_number: str | None
    created_at: datetime

    @classmethod
    def of(cls, row: Patient | Relationship) -> Self:
        """From the record, or from the copy in a relationship."""
        if isinstance(row, Patient):
            return cls.model_validate(row)
        return cls(
            id=row.patient_id,
            mrn=row.mrn,
            name=row.name,
            date_of_birth=row.date_of_birth,
            phone_number=row.phone_number,
            created_at=row.sort_key,
        )


class PatientList(Paging):
    """Which patients to list."""

    search: fields.SearchText | None = Field(None, description="Without: everybody.")


class PatientSearch(Paging):
    """Whom to look for; everything given must fit. Looks among those the caller may open."""

    query: fields.SearchText | None = None
    mrn: fields.Mrn | None = Field(None, description="The whole MRN.")
    phone_number: Phone | None = Field(None, description="The whole number.")
    date_of_birth: BirthDate | None = None
