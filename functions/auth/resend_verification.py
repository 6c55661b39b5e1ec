"""Ask for the link that confirms an e-mail address again.

Always the same answer, whether there is an account to confirm or not. Source: seed 002, L11.
"""

from shared.auth import recovery
from shared.auth.models import Done, EmailOnly
from shared.http import Context, endpoint, public


@endpoint("POST /auth/resend-verification", access=public, trips=2)
def resend_verification(ctx: Context, body: EmailOnly) -> Done:
    recovery.ask_for_mail(ctx, body.email, "verify")
    return Done(message="If an account with this address is unconfirmed, a link is on its way.")
