"""Bodies and answers of multi-factor sign-in."""

from typing import Literal

from pydantic import Field

from shared.http.answers import Model, Out
from shared.users import fields


class Code(Model):
    """A code of the authenticator app."""

    code: str = Field(min_length=1, max_length=40, examples=["123456"])


class PasswordAndCode(Model):
    """What turning multi-factor sign-in off takes."""

    password: fields.Password
    code: str = Field(min_length=1, max_length=40, description="Code of the authenticator app, or a backup code.")


class Enrolment(Out):
    """What an authenticator app needs: the secret, and the same as a QR code."""

    secret: str
    qr_code: str = Field(description="PNG as a data URL.")


class BackupCodes(Out):
    """Codes that each work once in place of the app. They are shown only now."""

    success: Literal[True] = True
    backup_codes: list[str]
