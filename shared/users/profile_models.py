"""Bodies with which accounts are described: what each side may say of itself."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from shared.http.answers import Model
from shared.users import fields
from shared.users.documents import EmergencyContact, Role

#: Fields of a profile that only a role's side has (seed 001, User model).
CLIENT_FIELDS = frozenset({"date_of_birth", "address", "insurance", "emergency_contact"})
CLINICIAN_FIELDS = frozenset({"specialty", "license", "bio", "hourly_rate"})


class ClientFields(Model):
    """What a patient's record has of a person."""

    date_of_birth: fields.BirthDate | None = None
    address: fields.Address | None = None
    insurance: fields.Insurance | None = None
    emergency_contact: fields.Contact | None = None
    emergency_contact_phone: fields.Phone | None = Field(None, description="With emergencyContact as a text.")

    @model_validator(mode="after")
    def _contact(self) -> Self:
        if self.emergency_contact_phone is not None and self.emergency_contact is None:
            raise ValueError("emergencyContactPhone needs emergencyContact")
        return self

    @property
    def contact(self) -> EmergencyContact | None:
        """The emergency contact, from whichever form it was given in."""
        given = self.emergency_contact
        if given is None or self.emergency_contact_phone is None:
            return given
        return given.model_copy(update={"phone": self.emergency_contact_phone})


class ProfileFields(ClientFields):
    """What a person may say about themselves; which of it fits is the role's matter."""

    phone_number: fields.Phone | None = None
    phone: fields.Phone | None = Field(None, description="Seed 001's name of phoneNumber.")
    title: fields.Title | None = None
    specialty: fields.Specialty | None = None
    license: fields.License | None = None
    bio: fields.Bio | None = None
    hourly_rate: fields.HourlyRate | None = None

    @model_validator(mode="after")
    def _one_phone(self) -> Self:
        if self.phone is not None and self.phone_number is not None and self.phone != self.phone_number:
            raise ValueError("phone and phoneNumber are two names of one field; send one of them")
        return self

    def misplaced(self, role: Role) -> list[str]:
        """JSON names of given fields that `role` has not."""
        foreign = (set() if role is Role.PATIENT else CLIENT_FIELDS | {"emergency_contact_phone"}) | (
            set() if role.is_clinician else CLINICIAN_FIELDS
        )
        named = type(self).model_fields
        return sorted(named[n].alias or n for n in foreign & self.model_fields_set if getattr(self, n) is not None)


class ProfileUpdate(ProfileFields):
    """Changes to one's own profile: `null` clears a field, what is left out stays."""

    name: fields.PersonName | None = Field(None, examples=["John Doe Updated"])

    @field_validator("name")
    @classmethod
    def _named(cls, name: str | None) -> str | None:
        if name is None:
            raise ValueError("cannot be empty")
        return name
