"""Stored documents of an account."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import ConfigDict

from shared.store.document import Deletable, Document, Exact, Sealed, Value, Words
from shared.store.query import Query


class Role(StrEnum):
    """The five roles (RESOLUTIONS: Roles)."""

    ADMIN = "Admin"
    DOCTOR = "Doctor"
    NURSE = "Nurse"
    PATIENT = "Patient"
    FAMILY = "Family"

    @property
    def user_type(self) -> Literal["provider", "client"]:
        """Seed 001's name of the side this role is on."""
        return "client" if self in {Role.PATIENT, Role.FAMILY} else "provider"

    @property
    def is_clinician(self) -> bool:
        """Doctor or Nurse: reaches patients only with verified credentials."""
        return self in {Role.DOCTOR, Role.NURSE}

    @property
    def is_provider(self) -> bool:
        """Doctor: what `providerId` names, with a profile, hours and appointments."""
        return self is Role.DOCTOR


class EmergencyContact(Value):
    """Whom to call (seed 001, User model)."""

    model_config = ConfigDict(extra="forbid")

    name: str
    phone: str | None = None
    relationship: str | None = None


class User(Deletable):
    """An account: who it is and what it may do. Secrets are in `Credentials`."""

    collection = "users"
    domain = "users"
    blind: ClassVar[Mapping[str, Exact | Words]] = {
        "emailIndex": Exact("email", "email"),
        "phoneIndex": Exact("phone", "phone_number"),
        "nameTokens": Words("name", "name"),
    }

    email: Sealed[str]
    name: Sealed[str]
    role: Role
    title: str | None = None
    phone_number: Sealed[str | None] = None
    phone_verified: bool = False
    avatar_file_id: str | None = None

    is_active: bool = True
    email_verified: bool = False
    #: Clinicians start `pending`; others need none.
    verification: Literal["none", "pending", "approved", "rejected"] = "none"
    verification_reason: str | None = None
    mfa_enabled: bool = False
    patient_id: str | None = None
    #: Patients who ever gave this account access as family, the latest last: where to look for access, never access.
    family_of: list[str] = []
    external_id: str | None = None

    specialty: str | None = None
    license: Sealed[str | None] = None
    bio: str | None = None
    hourly_rate: float | None = None

    created_at: datetime
    updated_at: datetime
    last_login: datetime | None = None


class Session(Document):
    """A signed-in device. Only the current refresh token counts; it is stored hashed."""

    collection = "sessions"
    ttl = "expiresAt"

    user_id: str
    refresh_hash: str
    created_at: datetime
    last_seen_at: datetime
    #: End of the session whatever happens.
    expires_at: datetime
    #: End of the session unless it is refreshed before.
    idle_at: datetime
    revoked_at: datetime | None = None
    revoked_reason: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    mfa: bool = False


USERS = Query(
    "users",
    User,
    optional=("role", "isActive", "verification"),
    optional_contains="nameTokens",
    order=("-createdAt",),
)
USERS_BY_EMAIL = Query("users_by_email", User, equal=("emailIndex",))
SESSIONS_OF_USER = Query("sessions_of_user", Session, equal=("userId",), order=("-createdAt",))
