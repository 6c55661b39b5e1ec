"""Accounts with multi-factor sign-in, and the codes their apps show."""

from datetime import UTC, datetime, timedelta

import pyotp


def code_of(secret: str, *, ahead: int = 0) -> str:
    """The code of this time step, or of one `ahead` of it (a code works once)."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30 * ahead))


def enrolled(api, world, account=None):
    """(account, secret, backup codes) of somebody who uses multi-factor sign-in."""
    account = account or world.family()
    secret = api.as_(account).post("/auth/enable-mfa")["secret"]
    answer = api.as_(account).post("/auth/verify-mfa", {"code": code_of(secret)})
    assert answer.status == 200, answer
    return account, secret, answer["backupCodes"]
