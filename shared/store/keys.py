"""Key material of the store: Tink keysets, one file per purpose, wrapped by Cloud KMS everywhere but locally.

A file is `<directory>/<name>.json` in Tink's JSON keyset format; `python -m tools.keys` makes, rotates and wraps them.
AES-256-GCM follows seed 000 §6.4 (PHI encrypted at rest with AES-256). Each domain has its own keyset, so that a
function is given only the keys of the data it serves.
"""

import base64
import json
import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from google.auth.transport.requests import AuthorizedSession

#: Domains whose fields are sealed with AES-256-GCM. A new domain is one more name here.
AEAD_DOMAINS: Final = ("users", "patients", "platform", "chats", "messaging")
#: Keyset of the blind indexes (HMAC-SHA256 as a PRF).
INDEX: Final = "index"
#: Keyset of the audit signatures (HMAC-SHA256, 256-bit tag).
AUDIT: Final = "audit"
#: Every keyset there is.
KEYSETS: Final = (*AEAD_DOMAINS, INDEX, AUDIT)

_T = TypeVar("_T")

KMS_URL: Final = "https://cloudkms.googleapis.com"
# KMS is called once per keyset and instance; a slower answer than this would outlast the request that waits for it.
_KMS_TIMEOUT_SECONDS: Final = 5.0


class KeysetError(Exception):
    """A keyset cannot be used; the message says which file and what to run."""


class Aead(Protocol):
    """Authenticated encryption (`tink.aead.Aead`)."""

    def encrypt(self, plaintext: bytes, associated_data: bytes, /) -> bytes: ...

    def decrypt(self, ciphertext: bytes, associated_data: bytes, /) -> bytes: ...


class Prf(Protocol):
    """Pseudorandom function (`tink.prf.Prf`)."""

    def compute(self, input_data: bytes, output_length: int, /) -> bytes: ...


class Mac(Protocol):
    """Message authentication (`tink.mac.Mac`); `verify_mac` raises `tink.TinkError` when it does not fit."""

    def compute_mac(self, data: bytes, /) -> bytes: ...

    def verify_mac(self, mac_value: bytes, data: bytes, /) -> None: ...


class KmsAead:
    """A Cloud KMS key as an `Aead`, over the REST API with the process's default credentials.

    `key` is `projects/*/locations/*/keyRings/*/cryptoKeys/*`. A failed call raises `KeysetError`.
    """

    def __init__(self, key: str, url: str = KMS_URL) -> None:
        self._key = key
        self._resource = f"{url.rstrip('/')}/v1/{key}"

    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes:
        """Wrap `plaintext` (at most 64 KiB) with the key's primary version."""
        return self._call("encrypt", "plaintext", plaintext, associated_data, "ciphertext")

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        """Unwrap what `encrypt` returned, by whichever version wrapped it."""
        return self._call("decrypt", "ciphertext", ciphertext, associated_data, "plaintext")

    def _call(self, verb: str, name: str, data: bytes, associated_data: bytes, result: str) -> bytes:
        body = {
            name: base64.b64encode(data).decode(),
            "additionalAuthenticatedData": base64.b64encode(associated_data).decode(),
        }
        from google.auth.exceptions import GoogleAuthError
        from requests import RequestException

        try:
            answer = self._session.post(f"{self._resource}:{verb}", json=body, timeout=_KMS_TIMEOUT_SECONDS)
            answer.raise_for_status()
            return base64.b64decode(answer.json()[result])
        except (RequestException, GoogleAuthError, LookupError, TypeError, ValueError) as failed:
            raise KeysetError(
                f"Cloud KMS did not {verb} a keyset with {self._key} ({type(failed).__name__}). Check that this"
                f" identity may {verb} with that key, and that the file was wrapped with it under this name."
            ) from failed

    @cached_property
    def _session(self) -> "AuthorizedSession":
        # Only instances with wrapped keysets pay for importing google-auth and requests.
        import google.auth
        from google.auth.transport.requests import AuthorizedSession
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloudkms"])
        session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
        # Both calls change nothing, so POST may be repeated.
        again = Retry(total=2, backoff_factor=0.2, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=None)
        session.mount(self._resource, HTTPAdapter(max_retries=again))
        return session


def associated_data(name: str) -> bytes:
    """What a wrapped keyset is bound to, so that one domain's file cannot stand in for another's."""
    return f"consentmd/keyset/{name}".encode()


def parse(name: str, path: Path, kms: KmsAead | None) -> Any:
    """Read the keyset `name` from `path` as a `tink.KeysetHandle`.

    Raises `KeysetError` when the file is missing, damaged, of the other form (wrapped or clear), or when KMS fails.
    """
    # Tink loads a 10 MB extension module: only functions that seal or open a field pay for it.
    import tink
    from tink import json_proto_keyset_format, secret_key_access

    directory = path.parent
    try:
        text = path.read_text("utf-8")
        wrapped = "encryptedKeyset" in json.loads(text)
    except FileNotFoundError:
        raise KeysetError(
            f"The keyset file {path} is missing. Run `python -m tools.keys create {directory}`, or point KEYSET_DIR"
            " at the folder that holds it."
        ) from None
    except (OSError, ValueError, TypeError) as failed:
        raise KeysetError(
            f"The keyset file {path} cannot be read ({type(failed).__name__}). Restore it from its backup: a new"
            " keyset could not open what this one sealed."
        ) from None
    if kms is None and wrapped:
        raise KeysetError(f"The keyset file {path} is wrapped by Cloud KMS. Set KEYSET_KMS_KEY to the key it is under.")
    if kms is not None and not wrapped:
        raise KeysetError(
            f"The keyset file {path} lies in the clear, but KEYSET_KMS_KEY is set. Run"
            f" `python -m tools.keys wrap {directory} --kms-key <key>`."
        )
    try:
        if kms is None:
            return json_proto_keyset_format.parse(text, secret_key_access.TOKEN)
        return json_proto_keyset_format.parse_encrypted(text, kms, associated_data(name))
    except (tink.TinkError, ValueError, TypeError) as failed:
        raise KeysetError(
            f"The keyset file {path} is damaged. Restore it from its backup: a new keyset could not open what this"
            " one sealed."
        ) from failed


def keyset_file(directory: Path, name: str) -> Path:
    """Where a keyset lies: `<name>.json`, or `<name>/<name>.json` where each is mounted as a secret of its own.

    Cloud Run mounts every secret as a folder, and two cannot share one.
    """
    plain, mounted = directory / f"{name}.json", directory / name / f"{name}.json"
    return mounted if mounted.exists() and not plain.exists() else plain


class Keyring:
    """The keysets of one directory, each read when it is first needed and kept for the life of the process.

    Safe to share between threads. `kms_key` names the Cloud KMS key that the files are wrapped with; empty means that
    they lie in the clear (local only). `kms_url` is where the KMS REST API answers.
    """

    def __init__(self, directory: Path, kms_key: str = "", kms_url: str = KMS_URL) -> None:
        self._directory = directory
        self._kms = KmsAead(kms_key, kms_url) if kms_key else None
        self._lock = threading.Lock()
        self._primitives: dict[str, Any] = {}

    def aead(self, domain: str) -> Aead:
        """AES-256-GCM of `domain`, one of `AEAD_DOMAINS`."""
        if domain not in AEAD_DOMAINS:
            raise KeysetError(f"There is no keyset domain {domain!r}; the domains are {', '.join(AEAD_DOMAINS)}.")

        def build() -> Aead:
            from tink import aead

            aead.register()
            primitive: Aead = self._handle(domain).primitive(aead.Aead)
            return primitive

        return self._cached(domain, build)

    def prf(self) -> Prf:
        """HMAC-SHA256 of the blind indexes."""

        def build() -> Prf:
            from tink import prf

            prf.register()
            primitive: Prf = self._handle(INDEX).primitive(prf.PrfSet).primary()
            return primitive

        return self._cached(INDEX, build)

    def mac(self) -> Mac:
        """HMAC-SHA256 of the audit entries; verifies with every key of the keyset, signs with its primary."""

        def build() -> Mac:
            from tink import mac

            mac.register()
            primitive: Mac = self._handle(AUDIT).primitive(mac.Mac)
            return primitive

        return self._cached(AUDIT, build)

    def _handle(self, name: str) -> Any:
        return parse(name, keyset_file(self._directory, name), self._kms)

    def _cached(self, name: str, build: Callable[[], _T]) -> _T:
        primitive = self._primitives.get(name)
        if primitive is None:
            import tink

            with self._lock:
                primitive = self._primitives.get(name)
                if primitive is None:
                    try:
                        primitive = build()
                    except tink.TinkError as failed:
                        raise KeysetError(
                            f"The keyset file {self._directory / f'{name}.json'} holds keys of another purpose."
                            " Restore it from its backup."
                        ) from failed
                    self._primitives[name] = primitive
        kept: _T = primitive
        return kept
