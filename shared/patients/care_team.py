"""The care team: clinicians who look after a patient (RESOLUTIONS: Ids of people)."""

from shared.context import Context
from shared.errors import AlreadyDone, NotFound
from shared.events import NotificationType
from shared.patients.care_team_models import MemberOut
from shared.patients.documents import RELATED_USERS, Patient, Relationship, Source
from shared.patients.people import candidate, people, whole
from shared.patients.relationships import relate, related, relationship_id, unrelate
from shared.store.query import Page
from shared.users.documents import Role, User

CLINICIANS = frozenset({Role.DOCTOR, Role.NURSE})
#: Relationships of a patient that are looked through; most are none of a care team's.
MOST_RELATIONS = 500


def members(ctx: Context, patient: Patient) -> Page[MemberOut]:
    """Everybody on the care team, who joined last first. Names are read fresh: one round trip more."""
    relations = ctx.unit.find(RELATED_USERS, patientId=patient.id, active=True, limit=MOST_RELATIONS)
    sources = {r.user_id: s for r in relations for s in r.in_force(ctx.now) if s.kind == "care_team"}
    users = people(ctx, sources)
    return whole([_shown(user_id, users.get(user_id), source) for user_id, source in sources.items()])


def add_member(ctx: Context, patient: Patient, user_id: str) -> MemberOut:
    """Put a verified clinician on the care team and tell them. Raises `ValidationFailed`, `AlreadyDone`."""
    user = candidate(ctx, patient.id, user_id, CLINICIANS, "a doctor or nurse with verified credentials")
    if any(source.kind == "care_team" for source in related(ctx.unit, patient.id, user.id)):
        raise AlreadyDone("This clinician is on the care team already.")
    source = Source(kind="care_team", ref_id=patient.id, granted_by=ctx.caller.id, granted_at=ctx.now)
    relate(ctx, patient, user.id, source)
    key = f"care_team:{relationship_id(patient.id, user.id)}:{ctx.now.isoformat()}"
    ctx.notify([user.id], NotificationType.TEAM_INVITE, ("patients", patient.id), key)
    return _shown(user.id, user, source)


def remove_member(ctx: Context, patient: Patient, user_id: str) -> None:
    """Take somebody off the care team; the last may leave. Raises `NotFound` when they are not on it."""
    ctx.unit.want(Relationship, relationship_id(patient.id, user_id))
    if not unrelate(ctx, patient.id, user_id, "care_team"):
        raise ctx.refuse(NotFound())
    if patient.provider_id == user_id:
        # A client's provider is on the care team: `/provider/clients` rests on it.
        ctx.unit.update(patient, provider_id=None, updated_at=ctx.now)


def _shown(user_id: str, user: User | None, source: Source) -> MemberOut:
    return MemberOut(
        user_id=user_id,
        name=user.name if user else None,
        role=user.role.value if user else None,
        title=user.title if user else None,
        specialty=user.specialty if user else None,
        since=source.granted_at,
        added_by=source.granted_by,
    )
