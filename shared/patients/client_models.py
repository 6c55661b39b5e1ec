"""Seed 001's clients: bodies and rows."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import Field

from shared.http.answers import Model, Out
from shared.patients.documents import Patient
from shared.users.documents import EmergencyContact
from shared.users.fields import Address, BirthDate, Contact, Email, Insurance, PersonName, Phone


class NewClient(Model):
    """A client of a provider (seed 001, User model)."""

    email: Email = Field(examples=["client@example.com"], description="Where the invitation goes.")
    name: PersonName = Field(examples=["John Doe"])
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None
    address: Address | None = None
    insurance: Insurance | None = None
    emergency_contact: Contact | None = None


class ClientOut(Out):
    """A client as seed 001 has them."""

    id: str
    user_id: str | None
    email: str | None
    name: str | None
    user_type: Literal["client"] = "client"
    phone: str | None
    mrn: str
    date_of_birth: date | None
    address: str | None
    insurance: str | None
    provider_id: str | None
    emergency_contact: EmergencyContact | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, patient: Patient) -> Self:
        """A record, as a client."""
        return cls.model_validate({**dict(patient), "phone": patient.phone_number})
