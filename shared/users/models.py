"""Bodies and answers about accounts: the union of what seeds 000, 001 and 003 call a user."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.config import Settings
from shared.http.answers import Model, Out
from shared.patients.documents import Patient
from shared.users import fields
from shared.users.documents import EmergencyContact, Preferences, Role, User

#: Fields of a profile that only a role's side has (seed 001, User model).
CLIENT_FIELDS = frozenset({"date_of_birth", "address", "insurance", "emergency_contact"})
CLINICIAN_FIELDS = frozenset({"specialty", "license", "bio", "hourly_rate"})


def avatar_url(user: User, settings: Settings) -> str | None:
    """Where the picture is; fetching it takes a token."""
    return f"{settings.public_url.rstrip('/')}/api/v1/users/{user.id}/avatar" if user.avatar_file_id else None


class ProfileOut(Out):
    """What people who deal with each other see."""

    id: str
    name: str
    role: Role
    user_type: Literal["provider", "client"]
    title: str | None
    avatar: str | None
    specialty: str | None
    bio: str | None

    @classmethod
    def of(cls, user: User, settings: Settings) -> Self:
        """The public side of an account."""
        return cls(
            id=user.id, name=user.name, role=user.role, user_type=user.role.user_type, title=user.title,
            avatar=avatar_url(user, settings), specialty=user.specialty, bio=user.bio,
        )  # fmt: skip


class ColleagueOut(ProfileOut):
    """What staff see of each other and of their patients: how to reach them, too."""

    email: str
    phone_number: str | None
    phone: str | None
    patient_id: str | None

    @classmethod
    def of(cls, user: User, settings: Settings) -> Self:
        """An account, seen by staff."""
        return cls(
            **ProfileOut.of(user, settings).model_dump(), email=user.email, phone_number=user.phone_number,
            phone=user.phone_number, patient_id=user.patient_id,
        )  # fmt: skip


class AccountOut(ColleagueOut):
    """An account as administrators see it in lists."""

    mfa_enabled: bool
    email_verified: bool
    phone_verified: bool
    is_active: bool
    verification: Literal["none", "pending", "approved", "rejected"]
    verification_reason: str | None
    license: str | None
    hourly_rate: float | None
    created_at: datetime
    updated_at: datetime
    last_login: datetime | None

    @classmethod
    def of(cls, user: User, settings: Settings) -> Self:
        """An account without what is on a patient's record."""
        return cls(
            **ColleagueOut.of(user, settings).model_dump(), mfa_enabled=user.mfa_enabled,
            email_verified=user.email_verified, phone_verified=user.phone_verified, is_active=user.is_active, verification=user.verification,
            verification_reason=user.verification_reason, license=user.license, hourly_rate=user.hourly_rate,
            created_at=user.created_at, updated_at=user.updated_at, last_login=user.last_login,
        )  # fmt: skip


class UserOut(AccountOut):
    """An account as its owner sees it; a patient's with the fields of the record that seed 001 has on the user."""

    date_of_birth: date | None = None
    address: str | None = None
    insurance: str | None = None
    provider_id: str | None = None
    emergency_contact: EmergencyContact | None = None

    @classmethod
    def seen(cls, user: User, patient: Patient | None, settings: Settings) -> Self:
        """The whole account."""
        account = AccountOut.of(user, settings).model_dump()
        if patient is None:
            return cls(**account)
        return cls(
            **account, date_of_birth=patient.date_of_birth, address=patient.address, insurance=patient.insurance,
            provider_id=patient.provider_id, emergency_contact=patient.emergency_contact,
        )  # fmt: skip


class PreferencesOut(Out):
    """Preferences (seed 000 §2.11)."""

    default_template: str | None
    favorite_templates: list[str]
    auto_scribe: bool
    notifications_enabled: bool
    email_notifications: bool
    sms_notifications: bool
    dark_mode: bool
    language: str
    timezone: str

    @classmethod
    def of(cls, preferences: Preferences) -> Self:
        """Stored preferences, as answered."""
        return cls.model_validate(preferences)


class PreferencesChanged(Out):
    """Preferences after a change (seed 000 §2.11)."""

    success: Literal[True] = True
    preferences: PreferencesOut


class NewPreferences(Model):
    """Preferences to change; what is left out stays."""

    default_template: str | None = Field(None, description="A template of GET /templates.", examples=["apso"])
    favorite_templates: Annotated[list[str], Field(max_length=20)] | None = None
    auto_scribe: bool | None = None
    notifications_enabled: bool | None = None
    email_notifications: bool | None = None
    sms_notifications: bool | None = None
    dark_mode: bool | None = None
    language: Literal["en", "es"] | None = None
    timezone: str | None = Field(None, max_length=50, examples=["America/New_York"])

    @field_validator("default_template")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        from shared.reference import TEMPLATE_IDS

        if name is not None and name not in TEMPLATE_IDS:
            raise ValueError("must be the id of a template; GET /templates lists them")
        return name

    @field_validator("favorite_templates")
    @classmethod
    def _all_known(cls, names: list[str] | None) -> list[str] | None:
        return None if names is None else list(dict.fromkeys(cls._known(name) or "" for name in names))

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str | None) -> str | None:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        if name is not None:
            try:
                ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError("must be an IANA time zone, e.g. America/New_York") from None
        return name


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


class PatientProfileUpdate(ClientFields):
    """Changes a patient makes to their profile, medical facts and preferences included (seed 002)."""

    name: fields.PersonName | None = None
    phone_number: fields.Phone | None = None
    phone: fields.Phone | None = None
    blood_type: fields.BloodType | None = None
    preferences: NewPreferences | None = None

    @field_validator("name")
    @classmethod
    def _named(cls, name: str | None) -> str | None:
        if name is None:
            raise ValueError("cannot be empty")
        return name


class PatientProfileOut(UserOut):
    """A patient's profile with medical facts and preferences (seed 002)."""

    mrn: str | None = None
    blood_type: str | None = None
    preferences: PreferencesOut
