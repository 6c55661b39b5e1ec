"""Bodies and answers about consents, invitations, and who looked."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from shared.http.answers import Model, Out
from shared.patients import fields
from shared.patients.sharing_documents import ConsentKind
from shared.users.fields import Email


class NewConsent(Model):
    """A consent that was given."""

    kind: ConsentKind
    scope: fields.Line | None = Field(None, description="What it covers.", examples=["video visits"])
    text_version: fields.Version | None = Field(None, examples=["2025-01"])


class ConsentOut(Out):
    """An entry of the consents; withdrawals are entries of their own."""

    id: str
    patient_id: str
    kind: str
    action: Literal["given", "withdrawn"]
    scope: str | None
    text_version: str | None
    shared_with: str | None
    ref_id: str | None
    withdraws: str | None = Field(description="The entry this one withdraws.")
    recorded_by: str
    recorded_by_role: str
    created_at: datetime


class NewInvitation(Model):
    """Whom to invite."""

    email: Email = Field(examples=["patient@example.com"])


class InvitationOut(Out):
    """An invitation that is on its way."""

    patient_id: str
    expires_at: datetime


class AccessOut(Out):
    """One access to a record."""

    id: str
    timestamp: datetime
    user_id: str | None
    name: str | None
    role: str | None
    action: str
    outcome: str
    reason: str | None
