"""What realtime sockets need of the store: tickets to open them, and who is present in a chat."""

from shared.realtime.documents import PRESENT_IN_CHAT, Presence, RealtimeTicket
from shared.realtime.models import Ticket
from shared.realtime.tickets import issue_ticket, redeem_ticket

__all__ = ["PRESENT_IN_CHAT", "Presence", "RealtimeTicket", "Ticket", "issue_ticket", "redeem_ticket"]
