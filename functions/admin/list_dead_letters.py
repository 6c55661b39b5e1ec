"""List deliveries that were given up: push notifications, e-mails and text messages.

Records and codes only, never a text or an address.
"""

from shared.http import Context, admins, endpoint
from shared.notifications.dead_letter_models import DeadLetterOut, DeadLetterPaging
from shared.notifications.dead_letters import listed
from shared.store.query import Page


@endpoint("GET /admin/dead-letters", access=admins, trips=3)
def list_dead_letters(ctx: Context, query: DeadLetterPaging) -> Page[DeadLetterOut]:
    return listed(ctx, query)
