"""Passwords: bcrypt hashes, and a strength check with zxcvbn (RESOLUTIONS: Passwords; seed 003 §5.1)."""

import re
import threading
import unicodedata
from collections.abc import Iterable
from typing import Final

from shared.errors import Detail, WeakPassword

#: Fewest and most bytes of a password; bcrypt reads no more than 72.
SHORTEST, LONGEST = 8, 72
#: Least zxcvbn score (0 to 4): 3 is "safely unguessable, moderate protection from offline slow-hash scenario".
LEAST_SCORE: Final = 3

# Words that come to mind here, whatever the user is called.
_OWN_WORDS: Final = ("consentmd", "consent", "telehealth")
# zxcvbn keeps the words of the running check in a module global, so two checks at once would mix their users' words.
# It is pure Python: threads would take turns anyway.
_ZXCVBN: Final = threading.Lock()


def hash_password(password: str, cost: int) -> str:
    """Hash of a password at `cost` (4 to 31; each step doubles the time), in bcrypt's `$2b$` format.

    Raises `ValueError` for what no hash can hold: more than 72 bytes, or a null byte.
    """
    import bcrypt

    data = _bytes(password)
    if not _hashable(data):
        raise ValueError(f"A password has at most {LONGEST} bytes and no null byte.")
    return bcrypt.hashpw(data, bcrypt.gensalt(cost)).decode("ascii")


def verify_password(password: str, hashed: str) -> bool:
    """Whether `hashed` is the hash of `password`, in the time that the hash's cost takes either way.

    A damaged hash fits nothing.
    """
    import bcrypt

    data = _bytes(password)
    try:
        fits = bcrypt.checkpw(data[:LONGEST], hashed.encode())
    except ValueError:
        return False
    return fits and _hashable(data)


def verify_nothing(password: str, cost: int) -> bool:
    """Take as long as `verify_password` and answer `False`: for accounts that don't exist or have no password."""
    import bcrypt

    bcrypt.hashpw(_bytes(password)[:LONGEST], f"$2b${cost:02}${'.' * 22}".encode("ascii"))
    return False


def needs_rehash(hashed: str, cost: int) -> bool:
    """Whether a hash was made with less than `cost` or in another format, so that the next login should replace it."""
    form = re.fullmatch(r"\$2b\$(\d\d)\$[./A-Za-z0-9]{53}", hashed)
    return form is None or int(form[1]) < cost


def password_problems(password: str, *, user_inputs: Iterable[str] = ()) -> list[str]:
    """What is wrong with a new password, one sentence each; empty when it can be used.

    `user_inputs` (e-mail address, name ...) are what others know of the user: their words count as easy to guess.
    """
    data = _bytes(password)
    if "\0" in password:
        return ["A password cannot contain a null character."]
    if len(data) < SHORTEST:
        return [f"Use at least {SHORTEST} characters."]
    if len(data) > LONGEST:
        return [f"Use at most {LONGEST} bytes; an accented letter, symbol or emoji takes two to four of them."]
    # zxcvbn loads its word lists (tens of milliseconds): only functions that set a password pay for them. A check takes
    # about 10 ms; the worst found, 72 characters that all stand for letters (`4@8({`), 1.1 s, hence the cap.
    from zxcvbn import zxcvbn

    with _ZXCVBN:
        result = zxcvbn(_normalised(password)[:LONGEST], user_inputs=_words(user_inputs), max_length=LONGEST)
    if result["score"] >= LEAST_SCORE:
        return []
    feedback = result["feedback"]
    said = [feedback["warning"], *feedback["suggestions"]]
    return ["This password is too easy to guess.", *(_sentence(each) for each in said if each)]


def _normalised(password: str) -> str:
    # Keyboards differ in how they compose the same letter (NIST SP 800-63B §5.1.1.2).
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _normalised(password).encode("utf-8", "surrogatepass")


def _hashable(data: bytes) -> bool:
    return len(data) <= LONGEST and b"\0" not in data


def _words(user_inputs: Iterable[str]) -> list[str]:
    known = [each.lower()[:200] for each in user_inputs if each]
    parts = [part for each in known for part in re.split(r"[\W_]+", each) if len(part) > 1]
    return [*_OWN_WORDS, *dict.fromkeys((*known, *parts))]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def check_password(password: str, user_inputs: Iterable[str], field: str = "password") -> None:
    """Raise `WeakPassword` with a sentence for each thing that is wrong."""
    if problems := password_problems(password, user_inputs=user_inputs):
        raise WeakPassword(details=[Detail(field, problem) for problem in problems])
