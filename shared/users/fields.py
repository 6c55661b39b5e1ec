"""Field types of people: names, telephone numbers, birthdays, passwords, roles as the sources write them."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.users.documents import EmergencyContact, Role
from shared.users.phone import normalise

ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FIRST_DAY = date(1900, 1, 1)
#: A day that has begun anywhere on earth is not in the future (UTC+14 is ahead of all).
_AHEAD = timedelta(hours=14)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

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


def one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


def no_controls(text: str) -> str:
    """Text of several lines without what a terminal or a bidirectional reader would obey."""
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters")
    return text


def iso_date(value: Any) -> Any:
    """A date or its ISO text; pydantic alone would take a number of seconds for a date, too."""
    if isinstance(value, date) or (isinstance(value, str) and ISO_DATE.fullmatch(value.strip())):
        return value
    raise ValueError("must be a date of the form YYYY-MM-DD")


def _happened(day: date) -> date:
    if not FIRST_DAY <= day <= (datetime.now(UTC) + _AHEAD).date():
        raise ValueError("must be a date between 1900-01-01 and today")
    return day


def _address(text: str) -> str:
    # Importing the validator costs 32 ms, for tables only a new address needs: not at every cold start.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError("is not a valid e-mail address") from None


def _contact(value: Any) -> Any:
    # Seed 000 writes a name, seed 001 an object (RESOLUTIONS: Patients).
    return {"name": value} if isinstance(value, str) else value


def _reachable(contact: EmergencyContact) -> EmergencyContact:
    name, phone, relationship = contact.name.strip(), contact.phone, contact.relationship
    if not 1 <= len(one_line(name)) <= 255:
        raise ValueError("needs a name of 1 to 255 characters")
    if phone is not None:
        phone = normalise(phone)
    if relationship is not None and len(one_line(relationship)) > 100:
        raise ValueError("names a relationship of at most 100 characters")
    return contact.model_copy(update={"name": name, "phone": phone})


Text = Annotated[str, AfterValidator(one_line)]

#: Seed 000 §1.1: VARCHAR(255) NOT NULL.
PersonName = Annotated[Text, StringConstraints(min_length=1, max_length=255)]
#: Stored without punctuation.
Phone = Annotated[str, Field(max_length=30, examples=["+12345678900"]), AfterValidator(normalise)]
Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_address)]
Title = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Specialty = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
License = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Bio = Annotated[str, StringConstraints(max_length=2000)]
HourlyRate = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Address = Annotated[str, AfterValidator(no_controls), StringConstraints(min_length=1, max_length=500)]
Insurance = Annotated[Text, StringConstraints(min_length=1, max_length=200)]
#: A day that is not in the future.
PastDate = Annotated[date, BeforeValidator(iso_date), AfterValidator(_happened)]
BirthDate = PastDate
Contact = Annotated[EmergencyContact, BeforeValidator(_contact), AfterValidator(_reachable)]
#: ABO and Rh (seed 000 §1.2: VARCHAR(5)).
BloodType = Literal["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"]
RoleName = Annotated[Role, BeforeValidator(_role)]
#: As typed: blanks count. Strength and the 72 bytes of bcrypt are checked where one is set.
Password = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=1000)]
