"""Confirm an e-mail address with the token of a link.

The token is what follows `#token=` in the e-mail's link; it works once. Source: seed 002, L11.
"""

from shared.auth import recovery
from shared.auth.models import Done, LinkToken
from shared.errors import LinkExpired
from shared.http import Context, endpoint, public


@endpoint("POST /auth/verify-email", access=public, errors=[LinkExpired], trips=2)
def verify_email(ctx: Context, body: LinkToken) -> Done:
    recovery.verify_email(ctx, body.token)
    return Done(message="The address is confirmed.")
