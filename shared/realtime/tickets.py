"""Tickets: what opens a socket where no header can be sent (browsers), without a token in a URL."""

from datetime import timedelta

from shared.auth.tokens import new_opaque, opaque_hash
from shared.context import Context
from shared.errors import TokenInvalid
from shared.realtime.documents import RealtimeTicket
from shared.realtime.models import Ticket

_LONGEST_TICKET = 100


def issue_ticket(ctx: Context) -> Ticket:
    """A ticket for the caller's session."""
    ticket = new_opaque()
    seconds = ctx.settings.realtime_ticket_seconds
    expires_at = ctx.now + timedelta(seconds=seconds)
    ctx.unit.create(
        RealtimeTicket(
            id=opaque_hash(ticket),
            user_id=ctx.caller.id,
            session_id=ctx.caller.session.id,
            expires_at=expires_at,
        )
    )
    return Ticket(ticket=ticket, expires_in=seconds, expires_at=expires_at)


def redeem_ticket(ctx: Context, ticket: str) -> RealtimeTicket:
    """Use up a ticket. Raises `TokenInvalid`; of two that use it at the same time, one's commit fails."""
    stored = ctx.unit.get(RealtimeTicket, opaque_hash(ticket)) if len(ticket) <= _LONGEST_TICKET else None
    if stored is None or stored.used_at is not None or stored.expires_at <= ctx.now:
        raise TokenInvalid("The ticket has been used or has expired. Ask for another with POST /realtime/tickets.")
    return ctx.unit.update(stored, used_at=ctx.now)
