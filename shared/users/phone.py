"""Telephone numbers in one form (ITU-T E.164, as far as a number says where it belongs)."""

import re

_PUNCTUATION = re.compile(r"[\s().\-/\u00a0\u2010-\u2015]+")
_NUMBER = re.compile(r"\+?[0-9]{5,15}", re.ASCII)


def normalise(text: str) -> str:
    """`text` without punctuation, the 00 dialled for + written as +: `+12345678900`, or national digits as they are.

    A number without a country code is kept so: whose country it is cannot be known. Raises `ValueError` when it is
    not 5 to 15 digits (E.164 allows 15; shorter ones are extensions).
    """
    bare = _PUNCTUATION.sub("", text)
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    if not _NUMBER.fullmatch(bare):
        raise ValueError("must be a telephone number of 5 to 15 digits, best as +<country><number>")
    return bare
