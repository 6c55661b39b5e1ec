"""Field types of people: names, telephone numbers, birthdays, passwords, roles as the sources write them."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, EmailStr, Field, StringConstraints

from shared.users.documents import EmergencyContact, Role
from shared.users.phone import normalise

#: Names that the sources have for the same five roles (RESOLUTIONS: Roles).
_ROLE_NAMES = {role.lower(): role for role in Role} | {
    "provider": Role.DOCTOR,
    "client": Role.PATIENT,
    "user": Role.PATIENT,
}


def role_named(name: str) -> Role | None:
    """The role that a source or an identity provider calls `name`, in whatever case."""
    return _ROLE_NAMES.get(name.strip().lower())


def _role(value: Any) -> Role:
    found = role_named(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be Admin, Doctor, Nurse, Patient or Family (or provider, client)")
    return found


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


def _iso_date(value: Any) -> Any:
    # pydantic would take a number of seconds for a date, too.
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value.strip()):
        raise ValueError("must be a date of the form YYYY-MM-DD")
    if not isinstance(value, str | date):
        raise ValueError("must be a date of the form YYYY-MM-DD")  # noqa: TRY004 - pydantic reports ValueErrors
    return value


def _birthday(day: date) -> date:
    if not date(1900, 1, 1) <= day <= datetime.now(UTC).date():
        raise ValueError("must be a date between 1900-01-01 and today")
    return day


def _contact(value: Any) -> Any:
    # Seed 000 writes a name, seed 001 an object (RESOLUTIONS: Patients).
    return {"name": value} if isinstance(value, str) else value


def _reachable(contact: EmergencyContact) -> EmergencyContact:
    name, phone, relationship = contact.name.strip(), contact.phone, contact.relationship
    if not 1 <= len(_one_line(name)) <= 255:
        raise ValueError("needs a name of 1 to 255 characters")
    if phone is not None:
        phone = normalise(phone)
    if relationship is not None and len(_one_line(relationship)) > 100:
        raise ValueError("names a relationship of at most 100 characters")
    return contact.model_copy(update={"name": name, "phone": phone})


Text = Annotated[str, AfterValidator(_one_line)]

#: Seed 000 §1.1: VARCHAR(255) NOT NULL.
PersonName = Annotated[Text, StringConstraints(min_length=1, max_length=255)]
#: Stored without punctuation.
Phone = Annotated[str, Field(max_length=30, examples=["+12345678900"]), AfterValidator(normalise)]
Email = Annotated[EmailStr, Field(max_length=254)]
Title = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Specialty = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
License = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Bio = Annotated[str, StringConstraints(max_length=2000)]
HourlyRate = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Insurance = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
BirthDate = Annotated[date, BeforeValidator(_iso_date), AfterValidator(_birthday)]
Contact = Annotated[EmergencyContact, BeforeValidator(_contact), AfterValidator(_reachable)]
#: ABO and Rh (seed 000 §1.2: VARCHAR(5)).
BloodType = Literal["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"]
RoleName = Annotated[Role, BeforeValidator(_role)]
#: As typed: blanks count. Strength and the 72 bytes of bcrypt are checked where one is set.
Password = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=1000)]
