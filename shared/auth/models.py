"""Bodies and answers of the identity endpoints."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from shared.auth.sessions import Issued
from shared.config import Settings
from shared.http.answers import Model, Out
from shared.patients.documents import Patient
from shared.users import fields
from shared.users.documents import Role, Session, User
from shared.users.models import ProfileFields, UserOut


class _WithRole(Model):
    """A role under either of its names."""

    role: fields.RoleName | None = Field(None, description="Admin, Doctor, Nurse, Patient or Family, in any case.")
    user_type: fields.RoleName | None = Field(None, description="Seed 001's name of the role: provider or client.")

    @model_validator(mode="after")
    def _one_role(self) -> Self:
        if self.role is not None and self.user_type is not None and self.role.user_type != self.user_type.user_type:
            raise ValueError("role and userType name different roles; send one of them")
        return self

    @property
    def wanted(self) -> Role | None:
        """The role that was asked for."""
        return self.role or self.user_type


class Registration(ProfileFields, _WithRole):
    """A new account, with the profile fields of its role."""

    name: fields.PersonName = Field(examples=["John Doe"])
    email: fields.Email = Field(examples=["john@example.com"])
    password: fields.Password = Field(examples=["mellow-Otter-41-canoe"])
    invite_code: str | None = Field(None, max_length=200, description="Of an invitation to a record made by a clinic.")


class SignIn(Model):
    """An address and a password."""

    email: fields.Email = Field(examples=["john@example.com"])
    password: fields.Password = Field(examples=["mellow-Otter-41-canoe"])
    mfa_code: str | None = Field(None, max_length=40, description="Code of the authenticator app, or a backup code.")


class RefreshToken(Model):
    """A refresh token; without it the cookie is used."""

    refresh_token: str | None = Field(None, max_length=8192)


class GoogleSignIn(_WithRole):
    """An ID token of Google; the role counts when an account is made (Patient unless given)."""

    google_token: str = Field(min_length=1, max_length=8192)
    mfa_code: str | None = Field(None, max_length=40)


class FacebookSignIn(_WithRole):
    """An access token of Facebook; the role counts when an account is made (Patient unless given)."""

    access_token: str = Field(min_length=1, max_length=2048)
    mfa_code: str | None = Field(None, max_length=40)


class Code(Model):
    """A code of the authenticator app."""

    code: str = Field(min_length=1, max_length=40, examples=["123456"])


class PasswordAndCode(Model):
    """What turning multi-factor sign-in off takes."""

    password: fields.Password
    code: str = Field(min_length=1, max_length=40, description="Code of the authenticator app, or a backup code.")


class EmailOnly(Model):
    """An address."""

    email: fields.Email


class LinkToken(Model):
    """The token of a link."""

    token: str = Field(min_length=1, max_length=200)


class PasswordReset(LinkToken):
    """The token of a link, and the new password."""

    password: fields.Password


class PasswordChange(Model):
    """The password in use, and the new one."""

    current_password: fields.Password
    new_password: fields.Password


class Done(Out):
    """It is done."""

    success: Literal[True] = True
    message: str


class Tokens(Out):
    """Tokens of a session; `expiresIn` is the access token's life in seconds."""

    success: Literal[True] = True
    token: str = Field(description="The access token, as seeds 000 and 001 name it.")
    access_token: str
    refresh_token: str
    expires_in: int

    @classmethod
    def of(cls, issued: Issued) -> Self:
        """Freshly issued tokens."""
        return cls(
            token=issued.access_token,
            access_token=issued.access_token,
            refresh_token=issued.refresh_token,
            expires_in=issued.expires_in,
        )


class SignedIn(Tokens):
    """The one answer of every way to sign in; `data` is `user`."""

    user: UserOut
    data: UserOut

    @classmethod
    def as_user(cls, issued: Issued, user: User, patient: Patient | None, settings: Settings) -> Self:
        """Tokens and the account they are for."""
        seen = UserOut.seen(user, patient, settings)
        return cls(**Tokens.of(issued).model_dump(), user=seen, data=seen)


class UserOnly(Out):
    """The account that is signed in (seed 001)."""

    user: UserOut


class Enrolment(Out):
    """What an authenticator app needs: the secret, and the same as a QR code."""

    secret: str
    qr_code: str = Field(description="PNG as a data URL.")


class BackupCodes(Out):
    """Codes that each work once in place of the app. They are shown only now."""

    success: Literal[True] = True
    backup_codes: list[str]


class CsrfToken(Out):
    """What `X-CSRF-Token` has to repeat."""

    csrf_token: str


class SessionOut(Out):
    """A signed-in device."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ip_address: str | None
    user_agent: str | None
    device: str
    mfa: bool
    current: bool

    @classmethod
    def of(cls, session: Session, current_id: str) -> Self:
        """A session, as its user sees it."""
        from shared.auth.devices import device_name

        return cls(
            id=session.id, created_at=session.created_at, last_seen_at=session.last_seen_at,
            expires_at=session.expires_at, ip_address=session.ip_address, user_agent=session.user_agent,
            device=device_name(session.user_agent), mfa=session.mfa, current=session.id == current_id,
        )  # fmt: skip


class Keys(Out):
    """A JWK set (RFC 7517)."""

    keys: list[dict[str, str]]

    @field_validator("keys")
    @classmethod
    def _public(cls, keys: list[dict[str, str]]) -> list[dict[str, str]]:
        if any("d" in key for key in keys):
            raise ValueError("holds a private key")
        return keys
