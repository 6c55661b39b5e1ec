"""Stored documents of who shares a patient's record, and of what they agreed to."""

from datetime import datetime
from typing import Literal

from shared.store.document import Deletable, Document, Sealed
from shared.store.query import Query


class FamilyGrant(Deletable):
    """What a patient lets a family member see; a revoked one is soft-deleted."""

    collection = "familyGrants"
    domain = "patients"

    patient_id: str
    user_id: str
    scopes: list[str]
    expires_at: datetime | None = None
    granted_by: str
    consent_id: str
    created_at: datetime
    updated_at: datetime


ConsentKind = Literal["treatment", "telehealth", "data_sharing", "family_access", "recording", "ai_scribe", "research"]


class Consent(Document):
    """An entry of a patient's consents. Never changed: a withdrawal is an entry of its own (004 §7.1)."""

    collection = "consents"
    domain = "patients"

    patient_id: str
    kind: ConsentKind
    action: Literal["given", "withdrawn"]
    #: What it covers, in words or scopes.
    scope: Sealed[str | None] = None
    #: Version of the text that was agreed to.
    text_version: str | None = None
    #: Whom the data is shared with, where that is one user.
    shared_with: str | None = None
    #: The record that rests on it, e.g. a family grant.
    ref_id: str | None = None
    #: The entry this one withdraws.
    withdraws: str | None = None
    recorded_by: str
    recorded_by_role: str
    created_at: datetime


class Invitation(Document):
    """An invitation to open the account of a record that a clinic made. Its id is the hash of the code."""

    collection = "invitations"
    domain = "patients"
    ttl = "expiresAt"

    patient_id: str
    email: Sealed[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_by: str | None = None
    used_at: datetime | None = None


GRANTS_OF_PATIENT = Query("family_grants_of_patient", FamilyGrant, equal=("patientId",), order=("-createdAt",))
CONSENTS_OF_PATIENT = Query("consents_of_patient", Consent, equal=("patientId",), order=("-createdAt",))
