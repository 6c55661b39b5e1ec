"""OIDC tokens as Google signs them for service accounts, from a key of this data directory.

The certificates are served in the form of https://www.googleapis.com/oauth2/v1/certs, which
`google.oauth2.id_token.verify_token(..., certs_url=)` reads: an object of key id to PEM X.509 certificate.
"""

import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

ISSUER = "https://accounts.google.com"
LIFETIME_SECONDS = 3600


class TokenSigner:
    """Signs RS256 identity tokens; makes its key and certificate on the first start in a data directory."""

    def __init__(self, directory: Path) -> None:
        path = directory / "oidc.pem"
        if not path.exists():
            directory.mkdir(parents=True, exist_ok=True)
            _write_private(path, _new_key_and_certificate())
        text = path.read_bytes()
        self._key = serialization.load_pem_private_key(text, password=None)
        certificate = x509.load_pem_x509_certificate(text)
        self._certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self._key_id = certificate.fingerprint(hashes.SHA1()).hex()

    def certificates(self) -> dict[str, str]:
        """Key id to PEM certificate, of every key that tokens may be signed with."""
        return {self._key_id: self._certificate}

    def token(self, service_account: str, audience: str) -> str:
        """An identity token of the service account for the audience, valid for one hour from now."""
        now = int(time.time())
        subject = str(int.from_bytes(hashlib.sha256(service_account.encode()).digest()[:8], "big") + 10**20)
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "azp": subject,
            "email": service_account,
            "email_verified": True,
            "sub": subject,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})  # type: ignore[arg-type]


def _new_key_and_certificate() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "federated-signon.consentmd-local")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _write_private(path: Path, data: bytes) -> None:
    """Write whole or not at all, readable by the owner only."""
    temporary = path.with_suffix(".tmp")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
