"""Send a delivery that was given up once more, with all its tries.

Codes and links that were for a moment are not sent again, nor what is on its way already.
"""

from shared.errors import NotFound, NotRetryable
from shared.http import Context, admins, endpoint
from shared.notifications.dead_letter_models import DeadLetterOut
from shared.notifications.dead_letters import retry


@endpoint("POST /admin/dead-letters/{deadLetterId}/retry", access=admins, errors=[NotFound, NotRetryable], trips=3)
def retry_dead_letter(ctx: Context, deadLetterId: str) -> DeadLetterOut:
    return retry(ctx, deadLetterId)
