"""What administrators do with accounts."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from shared import emails
from shared.auth import sessions
from shared.context import Context
from shared.errors import AlreadyDone, LastAdmin, NotAClinician
from shared.http.answers import Model
from shared.scheduling.refreshing import account_changed
from shared.store.crypto import search_words
from shared.store.query import Page, Paging, page_info
from shared.users import fields
from shared.users.access import any_account
from shared.users.documents import SESSIONS_OF_USER, USERS, USERS_BY_EMAIL, Role, Session, User
from shared.users.models import AccountOut

#: Users that are looked through for a search of several words.
_MOST_SEARCHED = 200


class UserFilter(Paging):
    """Which users to list."""

    role: fields.RoleName | None = None
    search: str | None = Field(None, min_length=2, max_length=254, description="Words of a name, or a whole address.")
    is_active: bool | None = None


class ClinicianFilter(Paging):
    """Which clinicians to list."""

    status: Literal["pending", "approved", "rejected"] = "pending"


class Decision(Model):
    """Whether a clinician's credentials are what they say."""

    decision: Literal["approve", "reject"]
    reason: str | None = Field(None, max_length=500, description="Told to the clinician; needed to reject.")

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if self.decision == "reject" and not self.reason:
            raise ValueError("a rejection needs a reason")
        return self


def list_users(ctx: Context, query: UserFilter) -> Page[AccountOut]:
    """Accounts, newest first. Whoever is a patient is so by this list: it counts as access to their records."""
    filters: dict[str, Any] = {"role": query.role.value if query.role else None, "isActive": query.is_active}
    if query.search and "@" in query.search:
        page = _by_address(ctx, query)
    elif query.search and len(search_words(query.search)) > 1:
        page = _by_words(ctx, query, filters)
    else:
        token = _token(ctx, query.search) if query.search else None
        page = ctx.unit.page(USERS, query, **filters, nameTokens=token)
    return _shown(ctx, page)


def list_clinicians(ctx: Context, query: ClinicianFilter) -> Page[AccountOut]:
    """Doctors and nurses by the state of their verification, newest first."""
    return _shown(ctx, ctx.unit.page(USERS, query, verification=query.status))


def verify_clinician(ctx: Context, user_id: str, body: Decision) -> AccountOut:
    """Approve or reject a clinician's credentials and tell them. Raises `NotFound` or `NotAClinician`."""
    user = any_account(ctx, user_id)
    if not user.role.is_clinician:
        raise ctx.refuse(NotAClinician())
    verification: Literal["approved", "rejected"] = "approved" if body.decision == "approve" else "rejected"
    ctx.trail.details["decision"] = verification
    if user.verification == verification and user.verification_reason == body.reason:
        return AccountOut.of(user, ctx.settings)
    user = ctx.unit.update(user, verification=verification, verification_reason=body.reason, updated_at=ctx.now)
    account_changed(ctx, user)
    if verification == "approved":
        emails.send(ctx, user.email, "clinician_approved", link=emails.link(ctx.settings, "login"))
    else:
        emails.send(ctx, user.email, "clinician_rejected", reason=body.reason or "")
    return AccountOut.of(user, ctx.settings)


def force_logout(ctx: Context, user_id: str) -> int:
    """End every session of a user at once; how many there were. Raises `NotFound`."""
    user = any_account(ctx, user_id)
    ended = sessions.sessions_of(ctx, user.id)
    sessions.end_sessions(ctx, user, ended, "FORCED_LOGOUT")
    return len(ended)


def deactivate(ctx: Context, user_id: str) -> AccountOut:
    """Close an account until it is activated again; its sessions end. Raises `NotFound`, `AlreadyDone`, `LastAdmin`.

    Two administrators who deactivate each other at the same moment do not both succeed.
    """
    user = any_account(ctx, user_id)
    if not user.is_active:
        raise AlreadyDone
    _end_all(ctx, user, "DEACTIVATED")
    user = ctx.unit.update(user, is_active=False, updated_at=ctx.now)
    account_changed(ctx, user)
    emails.send(ctx, user.email, "account_deactivated", when=ctx.now)
    return AccountOut.of(user, ctx.settings)


def activate(ctx: Context, user_id: str) -> AccountOut:
    """Open an account again. Raises `NotFound` or `AlreadyDone`."""
    user = any_account(ctx, user_id)
    if user.is_active:
        raise AlreadyDone
    account_changed(ctx, user)
    return AccountOut.of(ctx.unit.update(user, is_active=True, updated_at=ctx.now), ctx.settings)


def delete_user(ctx: Context, user_id: str) -> None:
    """Soft-delete an account; its sessions end, its address becomes free. Records it made or is about stay.

    Raises `NotFound` or `LastAdmin`, as `deactivate` does.
    """
    user = any_account(ctx, user_id)
    _end_all(ctx, user, "DELETED")
    account_changed(ctx, user)
    ctx.unit.delete(ctx.unit.update(user, is_active=False, updated_at=ctx.now))
    ctx.unit.release("email", user.email)


def _end_all(ctx: Context, user: User, reason: str) -> None:
    wanted = [ctx.unit.reading(SESSIONS_OF_USER, userId=user.id, limit=sessions.MOST_SESSIONS)]
    own = user.id == ctx.caller.id
    if own:
        wanted.append(ctx.unit.reading(USERS, role=Role.ADMIN.value, isActive=True, limit=2))
    open_sessions: list[Session]
    open_sessions, *admins = ctx.unit.together(*wanted)
    if user.role is Role.ADMIN:
        # Who stays: the caller, or another where they close their own account. The commit rests on it.
        staying = next((admin for admin in admins[0] if admin.id != user.id), None) if own else ctx.caller.user
        if staying is None:
            raise ctx.refuse(LastAdmin())
        ctx.unit.rest_on(staying)
    for session in open_sessions:
        sessions.revoke(ctx, session, reason)


def _shown(ctx: Context, page: Page[User]) -> Page[AccountOut]:
    ctx.about("users", None)
    for user in page.data:
        if user.patient_id:
            ctx.touch(user.patient_id)
    return page.map([AccountOut.of(user, ctx.settings) for user in page.data])


def _token(ctx: Context, text: str) -> str | None:
    words = search_words(text)
    # Nothing to look for, such as a text of punctuation, finds nothing rather than everybody.
    return ctx.unit.sealer.prefix("name", words[0]) if words else "-"


def _by_address(ctx: Context, query: UserFilter) -> Page[User]:
    found = ctx.unit.find(USERS_BY_EMAIL, emailIndex=ctx.unit.sealer.blind("email", query.search or ""), limit=1)
    fits = [u for u in found if query.role in {None, u.role} and query.is_active in {None, u.is_active}]
    return _page(fits, query)


def _by_words(ctx: Context, query: UserFilter, filters: dict[str, Any]) -> Page[User]:
    """Firestore looks for one word; the others are looked for among the newest it finds."""
    words = search_words(query.search or "")
    token = ctx.unit.sealer.prefix("name", max(words, key=len))
    found = ctx.unit.find(USERS, limit=_MOST_SEARCHED, **filters, nameTokens=token)
    return _page([user for user in found if _has(user, words)], query)


def _has(user: User, words: list[str]) -> bool:
    own = search_words(user.name)
    return all(any(part.startswith(word) for part in own) for word in words)


def _page(users: list[User], query: Paging) -> Page[User]:
    first = (query.page - 1) * query.limit
    shown = users[first : first + query.limit]
    return Page[User].model_construct(data=shown, pagination=page_info(len(users), query, None))
