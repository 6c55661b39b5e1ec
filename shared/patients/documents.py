"""Stored documents of a patient's record (seeds 000 §1.2-1.6, 003 §2.2-2.6), and of who shares it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Literal

from shared.store.document import Deletable, Document, Exact, Sealed, Value, Words
from shared.store.query import Query
from shared.users.documents import EmergencyContact, User


class Patient(Deletable):
    """A patient. `id` is what other records call patientId; `user_id` the account, once there is one.

    The name of a patient with an account is the account's (C-120): `rewrite_relationships` keeps them in step.
    """

    collection = "patients"
    domain = "patients"
    blind: ClassVar[Mapping[str, Exact | Words]] = {
        "mrnIndex": Exact("mrn", "mrn"),
        "phoneIndex": Exact("phone", "phone_number"),
        "birthIndex": Exact("birth", "birth_text", ("date_of_birth",)),
        "nameTokens": Words("name", "search_text", ("name", "mrn")),
    }

    mrn: Sealed[str]
    user_id: str | None = None
    name: Sealed[str | None] = None
    date_of_birth: Sealed[date | None] = None
    email: Sealed[str | None] = None
    phone_number: Sealed[str | None] = None
    address: Sealed[str | None] = None
    emergency_contact: Sealed[EmergencyContact | None] = None
    blood_type: Sealed[str | None] = None
    insurance: Sealed[str | None] = None
    #: The provider seed 001 calls the client's own; they are on the care team as well.
    provider_id: str | None = None
    #: The one invitation that is good; one made later takes its place.
    invitation_id: str | None = None
    #: The user who made the record, as they were then; a record of a registration is made by the patient.
    created_by: str
    created_by_name: Sealed[str | None] = None
    created_by_role: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def search_text(self) -> str:
        """What a search finds the patient by: words of the name, and the MRN."""
        return f"{self.name or ''} {self.mrn}"

    @property
    def birth_text(self) -> str:
        """The date of birth as it is indexed."""
        return self.date_of_birth.isoformat() if self.date_of_birth else ""


RelationKind = Literal["self", "care_team", "family", "appointment", "break_glass"]


class Source(Value):
    """One reason why a user may see a patient. `ref_id` names the record behind it (grant, appointment …)."""

    kind: RelationKind
    ref_id: str
    scopes: list[str] = []
    expires_at: datetime | None = None
    granted_by: str | None = None
    granted_at: datetime | None = None


class Relationship(Document):
    """Why a user may see a patient: `{patientId}_{userId}`. Written only by `relate` and `unrelate`.

    Carries a sealed copy of what a patient list shows and searches, so that a list is one query (renames rewrite it
    by task).
    """

    collection = "relationships"
    domain = "patients"
    blind: ClassVar[Mapping[str, Exact | Words]] = {
        "phoneIndex": Exact("phone", "phone_number"),
        "birthIndex": Exact("birth", "birth_text", ("date_of_birth",)),
        "nameTokens": Words("name", "search_text", ("name", "mrn")),
    }

    patient_id: str
    user_id: str
    sources: list[Source] = []
    #: Whether any source was in force when this was last written; expiry is also checked on every read.
    active: bool
    name: Sealed[str | None]
    mrn: Sealed[str]
    date_of_birth: Sealed[date | None]
    phone_number: Sealed[str | None] = None
    #: When the patient's record was made: what lists are ordered by. No order by name: it would leak names.
    sort_key: datetime
    updated_at: datetime

    @property
    def search_text(self) -> str:
        """As on the patient."""
        return f"{self.name or ''} {self.mrn}"

    @property
    def birth_text(self) -> str:
        """As on the patient."""
        return self.date_of_birth.isoformat() if self.date_of_birth else ""

    def in_force(self, now: datetime) -> list[Source]:
        """Sources that have not expired."""
        return [s for s in self.sources if s.expires_at is None or s.expires_at > now]


class AccessLoss(Document):
    """Mark that a user lost a reason to see some patient, and that chats have yet to follow. Its id is the user's.

    Written without being read, in the commit that takes the reason away; `reevaluate_chats` clears it.
    """

    collection = "accessLosses"
    stamped: ClassVar[tuple[str, ...]] = ("committedAt",)

    pending: bool = True
    committed_at: datetime | None = None


class Diagnosis(Deletable):
    """A diagnosis of a patient (000 §1.3)."""

    collection = "diagnoses"
    domain = "patients"

    patient_id: str
    diagnosis: Sealed[str]
    diagnosed_date: Sealed[date | None] = None
    end_date: Sealed[date | None] = None
    is_active: bool = True
    created_by: str
    created_at: datetime
    updated_at: datetime


class Medication(Deletable):
    """A medication of a patient (000 §1.4)."""

    collection = "medications"
    domain = "patients"

    patient_id: str
    name: Sealed[str]
    dosage: Sealed[str | None] = None
    frequency: Sealed[str | None] = None
    start_date: Sealed[date | None] = None
    end_date: Sealed[date | None] = None
    prescribing_doctor_id: str | None = None
    is_active: bool = True
    created_by: str
    created_at: datetime
    updated_at: datetime


Severity = Literal["mild", "moderate", "severe"]


class Allergy(Deletable):
    """An allergy of a patient (000 §1.5)."""

    collection = "allergies"
    domain = "patients"

    patient_id: str
    allergy: Sealed[str]
    severity: Sealed[Severity] = "mild"
    reaction_description: Sealed[str | None] = None
    is_active: bool = True
    created_by: str
    created_at: datetime
    updated_at: datetime


class Measures(Value):
    """What was measured at one time; units are those of `shared.patients.measures`."""

    systolic_bp: int | None = None
    diastolic_bp: int | None = None
    heart_rate: int | None = None
    temperature: float | None = None
    respiration_rate: int | None = None
    oxygen_saturation: float | None = None
    weight: float | None = None
    height: float | None = None


class Vitals(Deletable):
    """One set of vital signs (000 §1.6). Sealed as one value: a chart opens thousands of them."""

    collection = "vitals"
    domain = "patients"

    patient_id: str
    recorded_by: str
    recorded_date: datetime
    measures: Sealed[Measures]
    notes: Sealed[str | None] = None
    created_at: datetime


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


RELATED_PATIENTS = Query(
    "related_patients", Relationship, equal=("userId", "active"), optional_contains="nameTokens", order=("-sortKey",)
)
RELATED_BY_PHONE = Query(
    "related_by_phone", Relationship, equal=("userId", "active", "phoneIndex"), order=("-sortKey",)
)
RELATED_BY_BIRTH = Query(
    "related_by_birth", Relationship, equal=("userId", "active", "birthIndex"), order=("-sortKey",)
)
RELATED_USERS = Query("related_users", Relationship, equal=("patientId", "active"), order=("-updatedAt",))
#: In an order that no change to a relationship alters, so that paging through it meets each once.
EVERY_RELATION = Query("relations_of_patient", Relationship, equal=("patientId",), order=("sortKey",))

PATIENTS = Query("patients", Patient, optional_contains="nameTokens", order=("-createdAt",))
PATIENTS_BY_PHONE = Query("patients_by_phone", Patient, equal=("phoneIndex",), order=("-createdAt",))
PATIENTS_BY_BIRTH = Query("patients_by_birth", Patient, equal=("birthIndex",), order=("-createdAt",))
PATIENTS_OF_PROVIDER = Query("patients_of_provider", Patient, equal=("providerId",), order=("-createdAt",))
#: The account of a patient: a query, so that it can run beside those of the record's lists.
USER_OF_PATIENT = Query("user_of_patient", User, equal=("patientId",))

DIAGNOSES_OF_PATIENT = Query("diagnoses_of_patient", Diagnosis, equal=("patientId",), order=("-createdAt",))
MEDICATIONS_OF_PATIENT = Query("medications_of_patient", Medication, equal=("patientId",), order=("-createdAt",))
ALLERGIES_OF_PATIENT = Query("allergies_of_patient", Allergy, equal=("patientId",), order=("-createdAt",))
VITALS_OF_PATIENT = Query("vitals_of_patient", Vitals, equal=("patientId",), order=("-recordedDate",))
GRANTS_OF_PATIENT = Query("family_grants_of_patient", FamilyGrant, equal=("patientId",), order=("-createdAt",))
CONSENTS_OF_PATIENT = Query("consents_of_patient", Consent, equal=("patientId",), order=("-createdAt",))
