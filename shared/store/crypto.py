"""Field encryption and blind indexes: what Firestore stores instead of protected values.

A sealed field is `version byte ‖ Tink AES-256-GCM ciphertext` of the value's JSON. Collection, document and field are
bound as associated data, so that a sealed value copied to another place does not open there.

A blind index is a keyed hash of the normalised text: equal texts give equal tokens, so that Firestore can search for
them, and without the key a token can be neither reversed nor tried out. What it does give away to someone who reads
the database is which documents share a token, hence how often each token occurs.
"""

import base64
import json
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any, Final

from shared.store.keys import Keyring

_VERSION: Final = b"\x01"
#: Bytes of a blind token: 128 bits make an accidental match of two texts negligible.
_TOKEN_BYTES: Final = 16

SHORTEST_PREFIX: Final = 2
LONGEST_PREFIX: Final = 20
#: Most tokens stored for one text; Firestore keeps an index entry for each.
MOST_TOKENS: Final = 120


class SealError(Exception):
    """A value cannot be sealed or opened; the message names the place, never the value."""


class Sealer:
    """Seals and opens fields with the keys of `keyring`, and computes blind indexes. Safe to share between threads."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, domain: str, value: Any, *, collection: str, document: str, field: str) -> bytes:
        """Encrypt a JSON value (`None`, bool, number, string, list, dict with string keys) for one field.

        Raises `SealError` when the value is not JSON.
        """
        place = _place(collection, document, field)
        try:
            # surrogatepass: JSON input may carry lone surrogates, which must come back as they went in.
            text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            plain = text.encode("utf-8", "surrogatepass")
        except (TypeError, ValueError, RecursionError):
            raise SealError(f"The value of {collection}.{field} is not JSON, so it cannot be sealed.") from None
        return _VERSION + self._keyring.aead(domain).encrypt(plain, place)

    def open(self, domain: str, data: bytes, *, collection: str, document: str, field: str) -> Any:
        """Decrypt what `seal` returned for the same domain, collection, document and field.

        Raises `SealError` when it was sealed elsewhere, changed, or sealed with a key that is not in the keyset.
        """
        # Tink loads a 10 MB extension module: only functions that open a field pay for it.
        import tink

        where = f"{collection}.{field} of document {document}"
        if data[:1] != _VERSION:
            raise SealError(f"{where} has an unknown sealed format; it was written by a newer version or is damaged.")
        try:
            plain = self._keyring.aead(domain).decrypt(data[1:], _place(collection, document, field))
        except tink.TinkError:
            raise SealError(
                f"{where} does not open: it was changed, moved from another place, or sealed with a key that is not in"
                f" the keyset {domain!r}."
            ) from None
        return json.loads(plain.decode("utf-8", "surrogatepass"))

    def blind(self, kind: str, text: str) -> str:
        """Token by which the exact `text` is found again, in spite of case, form and spacing.

        `kind` chooses the normalisation (`email`, `phone`, `mrn`, else plain text) and separates the tokens of one
        kind from those of another. 22 characters, url-safe base64 of 128 bits.
        """
        return self._token("exact", kind, _NORMALISERS.get(kind, _plain)(text))

    def prefixes(self, kind: str, text: str) -> list[str]:
        """Tokens by which the beginning of each word of `text` is found, sorted and distinct.

        Every whole word, and its first 2 to 20 letters, without case and accents. At most 120 tokens: a text that
        has more keeps its whole words, then the shorter beginnings.
        """
        words = list(dict.fromkeys(search_words(text)))
        parts = dict.fromkeys(words)
        for length in range(SHORTEST_PREFIX, LONGEST_PREFIX + 1):
            parts.update(dict.fromkeys(word[:length] for word in words if len(word) > length))
        kept = list(parts)[:MOST_TOKENS]
        return sorted(self._token("prefix", kind, part) for part in kept)

    def prefix(self, kind: str, word: str) -> str:
        """Token that is among the `prefixes` of every text with a word that begins with `word`.

        `word` is one of `search_words`; it finds whole words at any length, and beginnings from 2 to 20 letters.
        """
        words = search_words(word)
        if len(words) != 1:
            raise ValueError("A prefix is looked up for one word at a time; split the text with search_words first.")
        return self._token("prefix", kind, words[0])

    def _token(self, purpose: str, kind: str, text: str) -> str:
        message = json.dumps([purpose, kind, text]).encode()
        return base64.urlsafe_b64encode(self._keyring.prf().compute(message, _TOKEN_BYTES)).rstrip(b"=").decode()


def search_words(text: str) -> list[str]:
    """Words of `text` as `prefixes` indexes them: without case and accents, split at everything but letters and digits.

    Apostrophes join (`O'Brien` is `obrien`); letters that Unicode gives no decomposition fold as they are typed on
    other keyboards (`Łukasz` is `lukasz`, `Bjørn` is `bjorn`).
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_FOLDED_LETTERS)
    return list(_words(folded))


def _words(folded: str) -> Iterator[str]:
    word = ""
    for letter in folded:
        if unicodedata.combining(letter) or letter in _APOSTROPHES:
            continue
        # Vowel signs of Indic scripts are marks without a combining class: they belong to the word.
        if unicodedata.category(letter)[0] in "LNM":
            word += letter
        elif word:
            yield word
            word = ""
    if word:
        yield word


_APOSTROPHES: Final = frozenset("'\u2019\u02bc\u2018`")
_FOLDED_LETTERS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


def _place(collection: str, document: str, field: str) -> bytes:
    # JSON of the three parts: no choice of names makes two places look alike, as joining with a separator would.
    return _VERSION + json.dumps([collection, document, field]).encode()


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def _email(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().casefold())


def _phone(text: str) -> str:
    """Digits of an E.164 number; `+`, the 00 dialled instead of it and all punctuation carry no meaning."""
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdigit()).removeprefix("00")


def _mrn(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


_NORMALISERS: Final[dict[str, Callable[[str], str]]] = {"email": _email, "phone": _phone, "mrn": _mrn}
