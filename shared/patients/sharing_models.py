"""Bodies and answers about who shares a patient's record: care team, family, consents, invitations, access log."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.http.answers import Model, Out
from shared.patients import fields
from shared.patients.relationships import Scope


def _ahead(moment: datetime) -> datetime:
    if moment <= datetime.now(UTC):
        raise ValueError("must be in the future")
    return moment


def _distinct(scopes: list[Scope]) -> list[Scope]:
    return list(dict.fromkeys(scopes))


Scopes = Annotated[list[Scope], Field(min_length=1, max_length=10), AfterValidator(_distinct)]
Expiry = Annotated[fields.Moment, AfterValidator(_ahead)]


class NewGrant(Model):
    """Access to give to a family member."""

    user_id: fields.UserId = Field(description="A Family or Patient account.")
    scopes: Scopes = Field(examples=[["health_record"]], description="What they may see.")
    expires_at: Expiry | None = Field(None, description="When it ends by itself; null: when it is revoked.")
    text_version: fields.Version | None = Field(None, description="Version of the text the patient agreed to.")


class GrantChange(Model):
    """Changes to a grant; what is left out stays."""

    scopes: Scopes | None = None
    expires_at: Expiry | None = Field(None, description="null: until it is revoked.")
    text_version: fields.Version | None = None


class GrantOut(Out):
    """Access of a family member."""

    id: str
    patient_id: str
    user_id: str
    name: str | None
    scopes: list[str]
    expires_at: datetime | None
    is_active: bool = Field(description="False once it has expired.")
    granted_by: str
    consent_id: str
    created_at: datetime
    updated_at: datetime
