"""Stored documents of a patient's record (seeds 000 §1.2-1.6, 003 §2.2-2.6)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.store.document import Deletable, Document, Exact, Sealed, Words
from shared.store.query import Query
from shared.users.documents import EmergencyContact


class Patient(Deletable):
    """A patient. `id` is what other records call patientId; `user_id` the account, once there is one."""

    collection = "patients"
    domain = "patients"
    blind: ClassVar[Mapping[str, Exact | Words]] = {
        "mrnIndex": Exact("mrn", "mrn"),
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
    #: The user who made the record; a record of a registration is made by the patient.
    created_by: str
    created_at: datetime
    updated_at: datetime

    @property
    def search_text(self) -> str:
        """What a search finds the patient by: words of the name, and the MRN."""
        return f"{self.name or ''} {self.mrn}"


RelationKind = Literal["self", "care_team", "family", "appointment", "break_glass"]


class Source(BaseModel):
    """One reason why a user may see a patient. `ref_id` names the record behind it (grant, appointment …)."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    kind: RelationKind
    ref_id: str
    scopes: list[str] = []
    expires_at: datetime | None = None
    granted_by: str | None = None
    granted_at: datetime | None = None


class Relationship(Document):
    """Why a user may see a patient: `{patientId}_{userId}`. Written only by `relate` and `unrelate`.

    Carries a sealed copy of what a patient list shows, so that a list is one query (renames rewrite it by task).
    """

    collection = "relationships"
    domain = "patients"
    blind: ClassVar[Mapping[str, Exact | Words]] = {"nameTokens": Words("name", "search_text", ("name", "mrn"))}

    patient_id: str
    user_id: str
    sources: list[Source] = []
    #: Whether any source was in force when this was last written; expiry is also checked on every read.
    active: bool
    name: Sealed[str | None]
    mrn: Sealed[str]
    date_of_birth: Sealed[date | None]
    #: When the patient's record was made: what lists are ordered by. No order by name: it would leak names.
    sort_key: datetime
    updated_at: datetime

    @property
    def search_text(self) -> str:
        """As on the patient."""
        return f"{self.name or ''} {self.mrn}"

    def in_force(self, now: datetime) -> list[Source]:
        """Sources that have not expired."""
        return [s for s in self.sources if s.expires_at is None or s.expires_at > now]


RELATED_PATIENTS = Query(
    "related_patients", Relationship, equal=("userId", "active"), optional_contains="nameTokens", order=("-sortKey",)
)
RELATED_USERS = Query("related_users", Relationship, equal=("patientId", "active"), order=("-updatedAt",))
EVERY_RELATION = Query("relations_of_patient", Relationship, equal=("patientId",), order=("-updatedAt",))
PATIENTS = Query("patients", Patient, optional_contains="nameTokens", order=("-createdAt",))
