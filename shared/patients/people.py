"""Users around a patient, by id."""

from collections.abc import Iterable
from typing import Any

from shared.context import Context
from shared.errors import Detail, ValidationFailed
from shared.patients.documents import Relationship
from shared.patients.relationships import relationship_id
from shared.store.query import COUNT_CAP, Page, PageInfo
from shared.users.documents import Role, User


def people(ctx: Context, user_ids: Iterable[str | None]) -> dict[str, User]:
    """Accounts by id, read in one batch; also those that were deleted since: a name in a log stays a name."""
    ids = sorted({user_id for user_id in user_ids if user_id is not None})
    found = ctx.unit.get_all(User, ids, deleted=True) if ids else []
    return {user.id: user for user in found if user is not None}


def candidate(ctx: Context, patient_id: str, user_id: str, roles: frozenset[Role], wanted: str) -> User:
    """The active account `user_id` if it has one of `roles`, read together with its relationship to the patient.

    Raises `ValidationFailed`, the same for an account that does not exist: `wanted` says what it should have been.
    """
    ctx.unit.want(Relationship, relationship_id(patient_id, user_id))
    user = ctx.unit.get(User, user_id)
    approved = user is not None and (not user.role.is_clinician or user.verification == "approved")
    if user is None or not user.is_active or user.role not in roles or not approved:
        raise ValidationFailed(details=[Detail("userId", f"is not the account of {wanted}")])
    return user


def whole(rows: list[Any]) -> Page[Any]:
    """A list that is answered as one page, because it is never long."""
    count = len(rows)
    info = PageInfo(total=min(count, COUNT_CAP), page=1, limit=max(count, 1), total_pages=1 if count else 0)
    return Page[Any].model_construct(data=rows, pagination=info)
