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
