"""Bodies and answers of the identity endpoints."""

from typing import Literal

from pydantic import Field

from shared.http.answers import Model, Out
from shared.users import fields


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
