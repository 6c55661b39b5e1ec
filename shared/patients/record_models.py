"""Bodies with which records are made and changed."""

from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from shared.http.answers import Model
from shared.patients import fields
from shared.users import phone
from shared.users.documents import EmergencyContact
from shared.users.fields import Address, BirthDate, BloodType, Contact, Email, Insurance, PersonName, Phone


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
