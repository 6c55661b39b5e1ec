"""Ask for a link to set a new password.

Always the same answer, whether an account has the address or not. The link arrives by e-mail, works once and for an
hour. Source: seed 002, L18-L21.
"""

from shared.auth import recovery
from shared.auth.models import Done, EmailOnly
from shared.http import Context, endpoint, public


@endpoint("POST /auth/forgot-password", access=public, trips=2)
def forgot_password(ctx: Context, body: EmailOnly) -> Done:
    recovery.ask_for_mail(ctx, body.email, "reset")
    return Done(message="If an account has this address, a link to set a new password is on its way.")
