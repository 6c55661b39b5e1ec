"""Bodies and answers of registering and signing in."""

from typing import Self

from pydantic import Field, model_validator

from shared.auth.session_models import Tokens
from shared.auth.sessions import Issued
from shared.config import Settings
from shared.http.answers import Model, Out
from shared.patients.documents import Patient
from shared.users import fields
from shared.users.documents import Role, User
from shared.users.models import UserOut
from shared.users.profile_models import ProfileFields


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


class GoogleSignIn(_WithRole):
    """An ID token of Google; the role counts when an account is made (Patient unless given)."""

    google_token: str = Field(min_length=1, max_length=8192)
    mfa_code: str | None = Field(None, max_length=40)


class FacebookSignIn(_WithRole):
    """An access token of Facebook; the role counts when an account is made (Patient unless given)."""

    access_token: str = Field(min_length=1, max_length=2048)
    mfa_code: str | None = Field(None, max_length=40)


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
