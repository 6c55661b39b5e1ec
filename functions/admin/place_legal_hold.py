"""Put a patient or a chat under a legal hold.

While it is in force, no message, file, note or recording of that patient or chat is erased, however old.
"""

from shared.errors import AlreadyDone
from shared.http import Context, admins, endpoint
from shared.retention import LegalHoldOut, NewLegalHold, place


@endpoint("POST /admin/legal-holds", access=admins, status=201, errors=[AlreadyDone], trips=3)
def place_legal_hold(ctx: Context, body: NewLegalHold) -> LegalHoldOut:
    return place(ctx, body)
