"""National Provider Identifiers: ten digits, the last of which checks the others (45 CFR 162.406)."""

#: What the check digit is computed over besides the identifier: the card issuer number of US health care.
_ISSUER = "80840"


def check_npi(text: str) -> str:
    """`text`, if it is a National Provider Identifier; raises `ValueError`."""
    if len(text) != 10 or not text.isascii() or not text.isdigit() or text[0] not in "12":
        raise ValueError("must be a National Provider Identifier: 10 digits, the first of them 1 or 2")
    if _luhn(_ISSUER + text):
        raise ValueError("is not a National Provider Identifier: its check digit is wrong")
    return text


def with_check_digit(nine: str) -> str:
    """The identifier that begins with these nine digits."""
    return nine + str((10 - _luhn(_ISSUER + nine + "0")) % 10)


def _luhn(digits: str) -> int:
    """What the Luhn sum is off by: 0 for a number with the right check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10
