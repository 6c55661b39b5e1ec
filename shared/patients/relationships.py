"""Relationships: who may reach a patient, and why.

`access_patient` is the one gate to patient data. Somebody without a relationship cannot tell a missing patient from
one they may not see: both are the same 404 (RESOLUTIONS: Reading patients).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from shared.context import Context, reads_by_path, row_access
from shared.errors import NotFound, ScopeNotGranted
from shared.patients.documents import EVERY_RELATION, AccessLoss, Patient, RelationKind, Relationship, Source
from shared.store.unit import Unit
from shared.tallies import Tally
from shared.users.documents import Role, User

#: read: see the record · write: add to it · manage: decide who else sees it.
Access = Literal["read", "write", "manage"]

Scope = Literal["health_record", "appointments", "messages", "records", "billing"]

#: Fields of a patient that lists show and search, and that every relationship therefore copies.
COPIED = ("name", "mrn", "date_of_birth", "phone_number")

#: What each kind of source allows. `family` allows reading within its scopes.
ALLOWS: dict[RelationKind, frozenset[Access]] = {
    "self": frozenset({"read", "manage"}),
    "care_team": frozenset({"read", "write", "manage"}),
    "appointment": frozenset({"read", "write"}),
    "break_glass": frozenset({"read", "write"}),
    "family": frozenset({"read"}),
}

#: Scopes a family grant may carry; `health_record` is what patient endpoints ask for.
SCOPES: tuple[Scope, ...] = ("health_record", "appointments", "messages", "records", "billing")


def relationship_id(patient_id: str, user_id: str) -> str:
    """Deterministic id, so that it can be read without a query."""
    return f"{patient_id}_{user_id}"


def _first_batch(patient_id: str, user_id: str) -> Iterable[tuple[type[Patient] | type[Relationship], str]]:
    return ((Patient, patient_id), (Relationship, relationship_id(patient_id, user_id)))


reads_by_path("patientId", _first_batch)


@row_access
def access_patient(ctx: Context, patient_id: str, *, to: Access, scope: str = "health_record") -> Patient:
    """The patient, if the caller may do `to` with the record. Raises `NotFound` or `ScopeNotGranted`, audited."""
    ctx.unit.want(Relationship, relationship_id(patient_id, ctx.caller.id))
    patient = ctx.unit.get(Patient, patient_id)
    relation = ctx.unit.get(Relationship, relationship_id(patient_id, ctx.caller.id))
    ctx.about("patients", patient_id)
    if patient is None:
        raise ctx.refuse(NotFound())
    if ctx.caller.role is not Role.ADMIN:
        sources = relation.in_force(ctx.now) if relation else []
        if not sources:
            # The entry names the patient, so that the patient's access log shows who tried.
            ctx.touch(patient_id)
            raise ctx.refuse(NotFound())
        if not _allowed(sources, to, scope):
            ctx.touch(patient_id)
            raise ctx.refuse(ScopeNotGranted())
    ctx.touch(patient_id)
    ctx.checked("access_patient", patient_id, to)
    return patient


def pairs_through(family: User, clinician_id: str) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """What may connect family with a clinician, by each patient: (patient, user) of the grant and of the treatment."""
    return [((patient_id, family.id), (patient_id, clinician_id)) for patient_id in family.family_of]


def related(unit: Unit, patient_id: str, user_id: str) -> list[Source]:
    """Sources in force between a patient and a user."""
    relation = unit.get(Relationship, relationship_id(patient_id, user_id))
    return relation.in_force(unit.now) if relation else []


def relate(ctx: Context, patient: Patient, user_id: str, source: Source) -> Relationship:
    """Give a user a reason to see a patient; one already there with the same kind and reference is replaced."""
    stored = ctx.unit.get(Relationship, relationship_id(patient.id, user_id))
    if stored is None:
        return relate_first(ctx, patient, user_id, source)
    others = [s for s in stored.sources if (s.kind, s.ref_id) != (source.kind, source.ref_id)]
    relation = ctx.unit.update(stored, sources=[*others, source], active=True, updated_at=ctx.now, **listed(patient))
    _count(ctx, stored, relation)
    _changed(ctx, relation, source.expires_at)
    # The one that is replaced may have allowed more.
    _follow(ctx, user_id)
    return relation


def relate_first(ctx: Context, patient: Patient, user_id: str, source: Source) -> Relationship:
    """The same for two that are known to have no relationship, as when the record is new: reads nothing."""
    relation = ctx.unit.create(
        Relationship(
            id=relationship_id(patient.id, user_id),
            patient_id=patient.id,
            user_id=user_id,
            sources=[source],
            active=True,
            sort_key=patient.created_at,
            updated_at=ctx.now,
            **listed(patient),
        )
    )
    _count(ctx, None, relation)
    _changed(ctx, relation, source.expires_at)
    return relation


def listed(patient: Patient) -> dict[str, Any]:
    """What a relationship copies of its patient."""
    return {name: getattr(patient, name) for name in COPIED}


def unrelate(ctx: Context, patient_id: str, user_id: str, kind: RelationKind, ref_id: str | None = None) -> bool:
    """Take a reason away (every one of `kind` when no reference is given). False when there was none."""
    stored = ctx.unit.get(Relationship, relationship_id(patient_id, user_id))
    gone = [s for s in stored.sources if s.kind == kind and ref_id in {None, s.ref_id}] if stored else []
    if stored is None or not gone:
        return False
    left = [s for s in stored.sources if s not in gone]
    active = any(s.expires_at is None or s.expires_at > ctx.now for s in left)
    relation = ctx.unit.update(stored, sources=left, active=active, updated_at=ctx.now)
    _changed(ctx, relation, None)
    _follow(ctx, user_id)
    return True


def refresh(ctx: Context, key: str) -> None:
    """Drop what has expired from a relationship; run by a task when a source's time is up."""
    relation = ctx.unit.get(Relationship, key)
    left = relation.in_force(ctx.now) if relation else []
    if relation is not None and len(left) < len(relation.sources):
        after = ctx.unit.update(relation, sources=left, active=bool(left), updated_at=ctx.now)
        _count(ctx, relation, after)
        _changed(ctx, after, None)
        _follow(ctx, relation.user_id)


def end_every_relation(ctx: Context, patient_id: str) -> None:
    """Take every reason away, because the record was deleted."""
    for relation in ctx.unit.find(EVERY_RELATION, patientId=patient_id, limit=1000):
        if relation.sources:
            after = ctx.unit.update(relation, sources=[], active=False, updated_at=ctx.now)
            _count(ctx, relation, after)
            _changed(ctx, after, None)
            _follow(ctx, relation.user_id)


def readable(relation: Relationship, now: datetime, scope: str = "health_record") -> bool:
    """Whether this relationship lets its user read the record now: what lists may show."""
    return _allowed(relation.in_force(now), "read", scope)


def _allowed(sources: Iterable[Source], to: Access, scope: str) -> bool:
    return any(to in ALLOWS[s.kind] and (s.kind != "family" or scope in s.scopes) for s in sources)


def _count(ctx: Context, before: Relationship | None, after: Relationship) -> None:
    """Keep the number of the user's patients; their own record is none."""
    more = int(after.active) - int(before.active if before else False)
    if more and not any(s.kind == "self" for s in (*after.sources, *(before.sources if before else ()))):
        ctx.unit.bump(Tally, after.user_id, clients=more)


def _changed(ctx: Context, relation: Relationship, expires_at: datetime | None) -> None:
    """Tell chats and sockets, which follow access, and come back when it ends."""
    ctx.emit(
        [relation.user_id],
        "relationship.changed",
        {"patientId": relation.patient_id, "userId": relation.user_id},
    )
    if expires_at is not None:
        ctx.enqueue("refresh_relationship", relation.id, at=expires_at)


def _follow(ctx: Context, user_id: str) -> None:
    """Mark that a user may have lost access, which ends their access to chats at once, and let the rest follow."""
    ctx.unit.put(AccessLoss(id=user_id))
    ctx.enqueue("reevaluate_chats", user_id)
