"""Get a ticket that opens a realtime socket.

Single use, 30 seconds (`REALTIME_TICKET_SECONDS`). Give it as `?ticket=` when connecting to `/ws`, or as `ticket` in
the auth payload of Socket.IO; the socket belongs to the session that asked for it. See docs/realtime.md.
"""

from shared.http import Context, endpoint, signed_in
from shared.realtime import Ticket, issue_ticket


@endpoint("POST /realtime/tickets", access=signed_in, status=201, trips=2, idempotent=False)
def create_ticket(ctx: Context) -> Ticket:
    return issue_ticket(ctx)
