"""What an account signs in with, read for itself."""

from shared.context import Context
from shared.users.credentials import Credentials


def own_credentials(ctx: Context) -> Credentials:
    """The caller's credentials; every account has them."""
    found = ctx.unit.get(Credentials, ctx.caller.id)
    if found is None:
        raise LookupError("an account without credentials")
    return found
