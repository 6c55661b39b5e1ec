"""V4 signed URLs (https://cloud.google.com/storage/docs/authentication/signatures): the local key, and the check."""

import contextlib
import hashlib
import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from localcloud.httpd import Request
from localcloud.storage.errors import StorageError, invalid

ALGORITHM = "GOOG4-RSA-SHA256"
MAX_EXPIRES_SECONDS = 7 * 24 * 3600
CLOCK_SKEW = timedelta(minutes=15)

_CREDENTIAL = re.compile(r"(.+)/(\d{8})/([^/]+)/storage/goog4_request")
_DATE = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class ServiceAccount:
    """The account whose signatures are good here."""

    email: str
    public_key: rsa.RSAPublicKey


def service_account(data_dir: Path, project: str) -> ServiceAccount:
    """Read `service-account.json`, made with a new key on the first start; the form google-auth reads."""
    path = data_dir / "service-account.json"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        key = rsa.generate_private_key(65537, 2048)
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        info = {
            "type": "service_account",
            "project_id": project,
            "private_key_id": hashlib.sha256(text).hexdigest()[:40],
            "private_key": text.decode(),
            "client_email": f"storage@{project}.iam.gserviceaccount.com",
            "client_id": "100000000000000000001",
            # The key signs URLs; nothing exchanges it for tokens here.
            "token_uri": "http://localhost/token",
        }
        temporary = path.with_suffix(".tmp")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(info, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    info = json.loads(path.read_text())
    private = serialization.load_pem_private_key(info["private_key"].encode(), password=None)
    public = private.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise TypeError(f"{path} must hold an RSA key")
    return ServiceAccount(info["client_email"], public)


def is_signed(request: Request) -> bool:
    return "X-Goog-Signature" in request.query or "X-Goog-Algorithm" in request.query


def check_signature(request: Request, account: ServiceAccount) -> None:
    """Raise 400 or 403, as the service does, unless the URL is signed by `account`, for this request, and in time."""
    if not is_signed(request):
        raise StorageError(
            403,
            "forbidden",
            "AccessDenied",
            "Access denied.",
            "Anonymous caller does not have access to the Google Cloud Storage object.",
        )
    query = request.query
    values = {}
    for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"):
        values[name] = query.get(f"X-Goog-{name}", "")
        if not values[name]:
            raise _malformed(f"X-Goog-{name} is missing.")
    if values["Algorithm"] != ALGORITHM:
        raise _malformed(f"X-Goog-Algorithm must be {ALGORITHM}.")
    credential = _CREDENTIAL.fullmatch(values["Credential"])
    if credential is None or credential[2] != values["Date"][:8]:
        raise _malformed("X-Goog-Credential must be ACCOUNT/DATE/LOCATION/storage/goog4_request.")
    _check_time(values["Date"], values["Expires"])
    signed = values["SignedHeaders"].split(";")
    _check_headers(request, signed)
    if credential[1] != account.email:
        raise _mismatch()
    # A link signed for GET also answers HEAD.
    methods = ["HEAD", "GET"] if request.method == "HEAD" else [request.method]
    for method in methods:
        text = _string_to_sign(request, method, values, signed, credential[0].removeprefix(f"{credential[1]}/"))
        with contextlib.suppress(InvalidSignature, ValueError):
            account.public_key.verify(
                bytes.fromhex(values["Signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
            return
    raise _mismatch()


def _check_time(date: str, expires: str) -> None:
    try:
        signed_at = datetime.strptime(date, _DATE).replace(tzinfo=UTC)
    except ValueError:
        raise _malformed("X-Goog-Date must have the form YYYYMMDDTHHMMSSZ.") from None
    if not re.fullmatch(r"\d{1,7}", expires, re.ASCII) or not 0 < int(expires) <= MAX_EXPIRES_SECONDS:
        raise _malformed("X-Goog-Expires must be 1 to 604800 seconds.")
    now = datetime.now(UTC)
    ends = signed_at + timedelta(seconds=int(expires))
    if now > ends:
        raise StorageError(
            400,
            "invalid",
            "ExpiredToken",
            "Invalid argument.",
            f"The provided token has expired. Request signature expired at: {ends.isoformat()}",
        )
    if signed_at > now + CLOCK_SKEW:
        raise StorageError(
            403, "forbidden", "AccessDenied", "Access denied.", "The signature's date lies in the future."
        )


def _check_headers(request: Request, signed: list[str]) -> None:
    if "host" not in signed:
        raise _malformed("X-Goog-SignedHeaders must name host.")
    for name in request.headers:
        if name.lower().startswith("x-goog-") and name.lower() not in signed:
            raise StorageError(
                400,
                "invalid",
                "MalformedSecurityHeader",
                "Your request has a malformed header.",
                f"Header was included in request, but not signed: {name.lower()}",
            )


def _string_to_sign(request: Request, method: str, values: dict[str, str], signed: list[str], scope: str) -> str:
    headers = []
    for name in signed:
        found = request.headers.get_all(name)
        if found is None:
            raise _mismatch()
        text = ",".join(" ".join(value.split()) for value in found)
        headers.append(f"{name}:{text}\n")
    payload = request.headers.get("x-goog-content-sha256") if "x-goog-content-sha256" in signed else None
    pairs = [(name, value) for name, value in request.query_pairs if name != "X-Goog-Signature"]
    canonical = "\n".join(
        [
            method,
            quote(unquote(request.path), safe="/~"),
            "&".join(sorted(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)),
            "".join(headers),
            ";".join(signed),
            payload or "UNSIGNED-PAYLOAD",
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join([ALGORITHM, values["Date"], scope, digest])


def _malformed(details: str) -> StorageError:
    refusal = invalid("Invalid query string authentication parameter.", "authenticationParameters")
    refusal.code, refusal.details = "AuthenticationQueryParametersError", details
    return refusal


def _mismatch() -> StorageError:
    return StorageError(
        403,
        "forbidden",
        "SignatureDoesNotMatch",
        "Access denied.",
        "The request signature we calculated does not match the signature you provided. Check your Google secret key "
        "and signing method.",
    )
