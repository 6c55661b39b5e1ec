"""Release a legal hold; what has run out meanwhile is erased by the next run of its schedule."""

from shared.errors import AlreadyDone
from shared.http import Context, admins, endpoint
from shared.retention import LegalHoldOut, release


@endpoint("DELETE /admin/legal-holds/{legalHoldId}", access=admins, errors=[AlreadyDone])
def release_legal_hold(ctx: Context, legalHoldId: str) -> LegalHoldOut:
    return release(ctx, legalHoldId)
