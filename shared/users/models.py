"""Bodies and answers about accounts: the union of what seeds 000, 001 and 003 call a user."""

from datetime import date, datetime
from typing import Literal, Self

from shared.config import Settings
from shared.http.answers import Out
from shared.patients.documents import Patient
from shared.users.documents import EmergencyContact, Role, User


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
            email_verified=user.email_verified,
            phone_verified=user.phone_verified, is_active=user.is_active, verification=user.verification,
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
