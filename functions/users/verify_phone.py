"""Send a code by SMS to a telephone number, the account's or a new one.

Text messages go to verified numbers only. A code is good for ten minutes; asking again ends the one before. At most
five an hour for an account, and for a number.
"""

from shared.errors import RateLimited, RecipientOptedOut, SmsNotConfigured
from shared.http import Context, endpoint, own_account
from shared.messaging.models import CodeSent, PhoneToVerify
from shared.messaging.phone_numbers import reads, start


@endpoint(
    "POST /users/me/phone/verify",
    access=own_account,
    status=202,
    errors=[RateLimited, RecipientOptedOut, SmsNotConfigured],
    trips=3,
    reads=reads,
)
def verify_phone(ctx: Context, body: PhoneToVerify | None) -> CodeSent:
    return start(ctx, body or PhoneToVerify())
