"""Bodies and answers of signing notes, and of adding to signed ones."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from shared.http.answers import Model, Out
from shared.notes.models import LONGEST_SECTION
from shared.users.fields import Password, no_controls


class Signing(Model):
    """Proof that the signer is at the screen."""

    password: Password | None = Field(
        None, description="The signer's password; not where accounts are kept by an external identity provider."
    )
    mfa_code: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        None, description="A code of the authenticator app, or a backup code, where multi-factor sign-in is on."
    )


class NoteSigning(Signing):
    """Signing a note."""

    version: Annotated[int, Field(ge=1)] | None = Field(None, description="The version that was read and is signed.")


class NewAddendum(Signing):
    """Something to add to a signed note; it is signed with it."""

    content: Annotated[
        str, AfterValidator(no_controls), StringConstraints(min_length=1, max_length=LONGEST_SECTION)
    ] = Field(examples=["Laboratory results arrived: HbA1c 6.8 %."])


class Signed(Out):
    """The answer to a signature."""

    success: bool = True
    signed_at: datetime
    signed_by: str = Field(description="The signer's name.")
    hash: str = Field(description="SHA-256, hex, of what was signed.")
    verification_code: str = Field(description="On printed copies; GET /verify-note/{code} confirms it.")
