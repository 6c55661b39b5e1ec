"""Bodies and answers about a patient's record as a whole: the union of what seeds 000, 001 and 003 send and expect."""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.http.answers import Model, Out
from shared.patients import fields
from shared.patients.clinical_models import AllergyOut, DiagnosisOut, MedicationOut, VitalsOut
from shared.patients.documents import Patient, Relationship
from shared.store.query import Paging
from shared.users import phone
from shared.users.documents import EmergencyContact
from shared.users.fields import Address, BirthDate, BloodType, Contact, Email, Insurance, PersonName, Phone
from shared.users.models import ColleagueOut


class _PatientFields(Model):
    """What may be said about a patient."""

    address: Address | None = Field(None, examples=["123 Main St, Springfield, IL"])
    phone_number: Phone | None = None
    emergency_contact: Contact | None = Field(
        None, description="A name, with emergencyContactPhone; or an object {name, phone, relationship}."
    )
    emergency_contact_phone: Phone | None = Field(None, description="With emergencyContact as a text.")
    blood_type: BloodType | None = Field(None, examples=["O+"])
    insurance: Insurance | None = None
    email: Email | None = None

    @field_validator("emergency_contact", mode="after")
    @classmethod
    def _reachable(cls, contact: EmergencyContact | None) -> EmergencyContact | None:
        if contact is None or contact.phone is None:
            return contact
        return contact.model_copy(update={"phone": phone.normalise(contact.phone)})

    def contact(self, before: EmergencyContact | None) -> EmergencyContact | None:
        """The emergency contact these fields make of the one `before`. Raises `ValueError` without a name."""
        sent = self.model_fields_set
        made = self.emergency_contact if "emergency_contact" in sent else before
        if "emergency_contact_phone" not in sent:
            return made
        if made is None:
            if self.emergency_contact_phone is None:
                return None
            raise ValueError("emergencyContactPhone needs emergencyContact")
        return made.model_copy(update={"phone": self.emergency_contact_phone})


class NewPatient(_PatientFields):
    """A patient to make a record for."""

    name: PersonName | None = Field(None, examples=["John Doe"], description="Of an account it is the account's.")
    user_id: fields.UserId | None = Field(None, description="The patient's account, if it has no record yet.")
    mrn: fields.Mrn | None = Field(None, examples=["MRN-001234"], description="Made when it is left out.")
    date_of_birth: BirthDate = Field(examples=["1985-03-15"])

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self.contact(None)
        return self


class PatientChange(_PatientFields):
    """Changes to a record: `null` clears a field, what is left out stays."""

    name: PersonName | None = Field(None, examples=["John Doe"])
    mrn: fields.Mrn | None = None
    date_of_birth: BirthDate | None = None

    @field_validator("name", "mrn", "date_of_birth")
    @classmethod
    def _kept(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("can be changed but not taken away")
        return value


class PersonOut(Out):
    """Somebody, by name."""

    id: str
    name: str | None
    role: str | None


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


class PatientOut(Out):
    """A patient's record without its lists."""

    id: str
    mrn: str
    user_id: str | None = Field(description="The patient's account, once there is one.")
    patient_user_id: str | None = Field(description="The same.")
    user: ColleagueOut | None
    name: str | None
    date_of_birth: date | None
    email: str | None
    address: str | None
    phone_number: str | None
    emergency_contact: str | None
    emergency_contact_phone: str | None
    emergency_contact_details: EmergencyContact | None
    blood_type: str | None
    insurance: str | None
    provider_id: str | None
    created_at: datetime
    updated_at: datetime
    created_by: PersonOut = Field(description="Who made the record, as they were then.")


class PatientDetail(PatientOut):
    """A patient's record with what is on it; the twenty latest sets of vital signs."""

    diagnoses: list[DiagnosisOut]
    medications: list[MedicationOut]
    allergies: list[AllergyOut]
    vitals: list[VitalsOut]


class PatientList(Paging):
    """Which patients to list."""

    search: fields.SearchText | None = Field(None, description="Without: everybody.")


class PatientSearch(Paging):
    """Whom to look for; everything given must fit. Looks among those the caller may open."""

    query: fields.SearchText | None = None
    mrn: fields.Mrn | None = Field(None, description="The whole MRN.")
    phone_number: Phone | None = Field(None, description="The whole number.")
    date_of_birth: BirthDate | None = None


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
