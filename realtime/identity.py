"""Who a socket belongs to: from a ticket or an access token, never from what a client says about itself."""

import logging
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from shared import clients, trace
from shared.auth.tokens import Claims
from shared.config import settings
from shared.context import Caller, Context, Trail
from shared.errors import ApiError, Contention, DatabaseUnavailable, SessionEnded, TokenMissing
from shared.http import authenticate, signed_in
from shared.http.auditing import append_entry
from shared.realtime import redeem_ticket
from shared.store.outbox import to_wake
from shared.store.unit import Conflicted, Unit, back_off
from shared.users.documents import Session, User

T = TypeVar("T")
log = logging.getLogger("consentmd.realtime")

_ATTEMPTS = 8


@dataclass(frozen=True)
class Peer:
    """The other end of a connection."""

    address: str
    user_agent: str | None
    #: W3C Trace Context of the connection; what its client asks for belongs to this trace.
    traceparent: str = ""


@dataclass(frozen=True)
class Credentials:
    """What a client showed: a ticket, or an access token."""

    ticket: str = ""
    token: str = ""


@dataclass(frozen=True)
class Who:
    """The account and session of a socket, as they were when they were last looked at."""

    caller: Caller
    peer: Peer

    @property
    def id(self) -> str:
        """The user's id."""
        return self.caller.id

    @property
    def session_id(self) -> str:
        """The session's id."""
        return self.caller.session.id

    @property
    def ends_at(self) -> datetime:
        """When the session is over unless it is refreshed."""
        return min(self.caller.session.expires_at, self.caller.session.idle_at)

    def claims(self) -> Claims:
        """As an access token of this session would say it."""
        user, now = self.caller.user, datetime.now(UTC)
        role = user.role.value
        return Claims(
            user.id, user.email, role, (role,), self.session_id, str(uuid.uuid4()), now, now + timedelta(minutes=1)
        )


def new_unit() -> Unit:
    """A unit of work on this gateway's database."""
    return Unit(connect=clients.firestore, unlock=clients.sealer, timeout=settings().database_timeout_seconds)


def context(unit: Unit, peer: Peer, action: str, caller: Caller | None = None) -> Context:
    """What a rule knows when a socket asks for it."""
    ctx = Context(
        unit=unit,
        settings=settings(),
        trail=Trail(action=action),
        request_id=str(uuid.uuid4()),
        address=peer.address or None,
        user_agent=peer.user_agent,
        route="/ws",
    )
    if caller is not None:
        ctx.identify(caller)
    return ctx


def at_work(ctx: Context, traceparent: str) -> AbstractContextManager[None]:
    """Log lines and tasks of the block say which trace they belong to."""
    work = trace.Work(trace.Trace.received(traceparent), ctx.settings.google_cloud_project, ctx.request_id, "realtime")
    return trace.working_for(work)


def attempt(peer: Peer, action: str, rule: Callable[[Context], T], caller: Caller | None = None) -> T:
    """Run `rule` in a unit of work and commit it, again when commits conflict; refusals are audited. Blocks."""
    for number in range(1, _ATTEMPTS + 1):
        ctx = context(new_unit(), peer, action, caller)
        try:
            try:
                with at_work(ctx, peer.traceparent):
                    result = rule(ctx)
                if ctx.trail.due:
                    append_entry(ctx, None)
                woken = to_wake(ctx.unit)
                ctx.unit.commit()
            except DatabaseUnavailable:
                raise
            except ApiError as refused:
                ctx.unit.refuse()
                if ctx.trail.outcome is not None:
                    append_entry(ctx, refused)
                ctx.unit.commit()
                raise
        except Conflicted:
            time.sleep(back_off(number))
            continue
        if woken:
            from shared.store import dispatch

            dispatch.wake(woken, settings())
        return result
    raise Contention


def open_for(shown: Credentials, peer: Peer) -> Who:
    """Who may open a socket with these credentials. Raises an `ApiError`; blocks."""

    def rule(ctx: Context) -> Who:
        if shown.ticket:
            ticket = redeem_ticket(ctx, shown.ticket)
            ctx.unit.want(User, ticket.user_id)
            claims = _claims_of(ticket.user_id, ticket.session_id)
        elif shown.token:
            claims = authenticate.token_claims(shown.token, ctx.settings)
        else:
            raise TokenMissing("Say who you are: a ticket or an access token.")
        authenticate.want(ctx.unit, claims)
        authenticate.identify(ctx, claims)
        try:
            signed_in.admit(ctx.caller, ctx.settings)
        except ApiError as refused:
            raise ctx.refuse(refused) from None
        ctx.about("sessions", ctx.caller.session.id)
        return Who(ctx.caller, peer)

    return attempt(peer, "REALTIME_CONNECT", rule)


def _claims_of(user_id: str, session_id: str) -> Claims:
    now = datetime.now(UTC)
    return Claims(user_id, "", "", (), session_id, "", now, now)


def recheck(sockets: Iterable[Who]) -> list[Who | None]:
    """The same accounts and sessions as they are now; None for those that may no longer listen. Blocks."""
    asked = list(sockets)
    unit = new_unit()
    for who in asked:
        unit.want(User, who.id)
        unit.want(Session, who.session_id)
    unit.get_all(User, [who.id for who in asked])
    return [_still(unit, who) for who in asked]


def _still(unit: Unit, who: Who) -> Who | None:
    ctx = context(unit, who.peer, "REALTIME_RECHECK")
    try:
        authenticate.identify(ctx, _claims_of(who.id, who.session_id))
        signed_in.admit(ctx.caller, ctx.settings)
    except SessionEnded:
        return None
    except ApiError as refused:
        log.info("socket refused", extra={"reason": refused.reason, "userId": who.id})
        return None
    return Who(ctx.caller, who.peer)
