"""Who sees whose account (RESOLUTIONS: Who may contact whom).

Oneself and administrators: everything. Staff: each other. Clinicians and patients: each other, while a relationship
is in force. Family: the patients they have a grant of, and those patients' clinicians, and the other way round. For
everybody else an account does not exist.
"""

from collections.abc import Iterable

from shared.context import Context, reads_by_path, row_access
from shared.errors import NotFound
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import pairs_through, related, relationship_id
from shared.users.documents import Role, User
from shared.users.models import ColleagueOut, ProfileOut, UserOut

_STAFF = frozenset({Role.ADMIN, Role.DOCTOR, Role.NURSE})


def _first_batch(user_id: str, _caller_id: str) -> Iterable[tuple[type[User], str]]:
    return ((User, user_id),)


reads_by_path("userId", _first_batch)


def see_user(ctx: Context, user_id: str) -> ProfileOut:
    """An account, as much of it as the caller may see. Raises `NotFound`, audited."""
    user = visible(ctx, user_id)
    caller = ctx.caller
    if user.id == caller.id or caller.role is Role.ADMIN:
        return full(ctx, user)
    if caller.role in _STAFF:
        return ColleagueOut.of(user, ctx.settings)
    return ProfileOut.of(user, ctx.settings)


def visible(ctx: Context, user_id: str) -> User:
    """The account, if the caller may see it at all. Raises `NotFound`, audited."""
    user = ctx.unit.get(User, user_id)
    if user is None or not _may_see(ctx, user):
        ctx.about("users", user_id)
        raise ctx.refuse(NotFound())
    return user


@row_access
def access_user(ctx: Context, user_id: str, *, to: str = "read") -> User:
    """The account, if the caller may see it at all; to change it, only their own. Raises `NotFound`, audited."""
    user = visible(ctx, user_id)
    if to != "read" and user.id != ctx.caller.id:
        ctx.about("users", user_id)
        raise ctx.refuse(NotFound())
    ctx.checked("access_user", user_id, to)
    return user


def any_account(ctx: Context, user_id: str) -> User:
    """The account an administrator is about to act on. Raises `NotFound`, audited."""
    user = ctx.unit.get(User, user_id)
    ctx.about("users", user_id)
    if user is None:
        raise ctx.refuse(NotFound())
    if user.patient_id:
        ctx.touch(user.patient_id)
    return user


def full(ctx: Context, user: User) -> UserOut:
    """The whole account, with what a patient's record has of it; reading that is an access to the record."""
    patient = ctx.unit.get(Patient, user.patient_id) if user.patient_id else None
    if patient is not None:
        ctx.about("users", user.id)
        ctx.touch(patient.id)
    return UserOut.seen(user, patient, ctx.settings)


def _may_see(ctx: Context, user: User) -> bool:
    caller = ctx.caller
    if user.id == caller.id or caller.role is Role.ADMIN:
        return True
    if not user.is_active:
        return False
    if caller.role in _STAFF and user.role in _STAFF:
        return True
    direct = [(user.patient_id, caller.id), (caller.user.patient_id, user.id)]
    through = [
        both
        for family, other in ((caller.user, user), (user, caller.user))
        if family.role is Role.FAMILY and other.role.is_clinician
        for both in pairs_through(family, other.id)
    ]
    pairs = [(patient_id, user_id) for patient_id, user_id in direct if patient_id is not None]
    for patient_id, user_id in (*pairs, *(pair for both in through for pair in both)):
        ctx.unit.want(Relationship, relationship_id(patient_id, user_id))
    for patient_id, user_id in pairs:
        if related(ctx.unit, patient_id, user_id):
            if patient_id == user.patient_id:
                ctx.about("users", user.id)
                ctx.touch(patient_id)
            return True
    return any(related(ctx.unit, *given) and related(ctx.unit, *treated) for given, treated in through)
