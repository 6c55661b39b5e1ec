"""Confirm a telephone number with the code that came by SMS.

The number becomes the account's, verified. Five wrong codes end it.
"""

from shared.errors import CodeNotValid
from shared.http import Context, endpoint, own_account
from shared.messaging.models import PhoneCode, PhoneVerified
from shared.messaging.phone_numbers import confirm, reads


@endpoint("POST /users/me/phone/confirm", access=own_account, errors=[CodeNotValid], trips=3, reads=reads)
def confirm_phone(ctx: Context, body: PhoneCode) -> PhoneVerified:
    return confirm(ctx, body.code)
