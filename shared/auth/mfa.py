"""Multi-factor sign-in: time-based codes (TOTP, RFC 6238: SHA-1, 6 digits, 30 s) and backup codes.

Whether a code was used before is the caller's to remember: `matching_step` returns the time step a code belongs to,
and a code is new when its step is later than the last one accepted.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

ISSUER: Final = "ConsentMD"
STEP_SECONDS: Final = 30
#: Time steps before and after the current one whose codes are taken, for clocks that differ.
WINDOW: Final = 1

# Crockford's base 32, without letters that are mistaken for digits or for each other: 10 of them are 50 bits.
_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_MISREAD: Final = str.maketrans({"o": "0", "i": "1", "l": "1"})
_CODE_LENGTH: Final = 10


def new_secret() -> str:
    """A new TOTP secret: 160 random bits, base32, 32 characters."""
    import pyotp

    return pyotp.random_base32()


def otpauth_uri(secret: str, email: str) -> str:
    """What an authenticator app reads: label `ConsentMD (<email>)`, issuer ConsentMD (seed 003 §5.1)."""
    query = {"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": 6, "period": STEP_SECONDS}
    return f"otpauth://totp/{quote(f'{ISSUER} ({email})', safe='')}?{urlencode(query)}"


def qr_data_url(uri: str) -> str:
    """QR code of `uri` as a `data:image/png` URL, black on white with the quiet zone that scanners need."""
    # Only the function that enrols a device draws a code.
    import segno

    return segno.make(uri, error="m", micro=False).png_data_uri(scale=6, border=4, dark="#000", light="#fff")


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Time step (Unix time ÷ 30 s) whose code this is, among the current one and its neighbours; else `None`.

    Spaces and hyphens in `code` don't count. All steps are compared, each in constant time.
    """
    import pyotp

    digits = _without_separators(code)
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    steps = range(max(current - WINDOW, 0), current + WINDOW + 1)
    matches = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), digits)]
    return matches[-1] if matches else None


def new_backup_codes(count: int = 10) -> list[str]:
    """Single-use codes for a lost device, `xxxxx-xxxxx`, 50 random bits each, all different."""
    codes: set[str] = set()
    while len(codes) < count:
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        codes.add(f"{drawn[:5]}-{drawn[5:]}")
    return list(codes)


def is_backup_code(code: str) -> bool:
    """Whether `code` has the form of a backup code, however it was typed."""
    plain = _plain_backup_code(code)
    return len(plain) == _CODE_LENGTH and set(plain) <= set(_LETTERS)


def backup_code_hash(code: str) -> str:
    """What is stored of a backup code, and compared: hex, the same however the code was typed.

    scrypt (N=2¹², 4 MiB, about 10 ms) makes trying out all 2⁵⁰ codes hopeless; being random, the codes need no salt
    of their own.
    """
    plain = _plain_backup_code(code).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(plain, salt=b"consentmd/backup-code", n=2**12, r=8, p=1, dklen=32).hex()


def _plain_backup_code(code: str) -> str:
    return _without_separators(code).lower().translate(_MISREAD)


def _without_separators(code: str) -> str:
    return "".join(code.split()).replace("-", "")
