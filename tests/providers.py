"""Sign-in providers as small HTTP servers that check a request as the vendor would."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

CLIENT_ID = "consentmd.apps.googleusercontent.com"


class Provider:
    """A server whose answers are a table from path to function."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], dict[str, Any]]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else {}
                provider.requests.append((self.command, parts.path, dict(self.headers), body))
                status, found = provider.respond(parts.path, query, self.headers, body)
                data = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def respond(self, path: str, query: dict[str, str], headers: Any, body: dict[str, Any]) -> tuple[int, Any]:
        raise NotImplementedError


@contextmanager
def running(provider: Provider) -> Iterator[Any]:
    """The provider, answering."""
    thread = threading.Thread(target=provider.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        provider.server.server_close()
        thread.join()


class Google(Provider):
    """Google's certificates, and the ID tokens they belong to."""

    def __init__(self) -> None:
        super().__init__()
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.google.com")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
            .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )  # fmt: skip
        self.certificate = made.public_bytes(serialization.Encoding.PEM).decode()

    def respond(self, path, query, headers, body):
        return (200, {"key1": self.certificate}) if path == "/certs" else (404, {})

    def token(self, *, key: Any = None, **claims: Any) -> str:
        """An ID token."""
        now = datetime.now(UTC)
        payload = {
            "iss": "https://accounts.google.com", "aud": CLIENT_ID, "email_verified": True, "iat": now,
            "exp": now + timedelta(hours=1),
        } | claims  # fmt: skip
        return jwt.encode(payload, key or self.key, algorithm="RS256", headers={"kid": "key1"})


class Facebook(Provider):
    """Facebook's Graph API, as much of it as signing in takes."""

    APP_ID, SECRET = "1234567890", "facebook-app-secret"

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, dict[str, Any]] = {}
        self.down = False

    def issue(self, token: str, *, app_id: str = APP_ID, valid: bool = True, **person: Any) -> str:
        """Let `token` be one that was issued for a person."""
        self.people[token] = {"app_id": app_id, "is_valid": valid, **person}
        return token

    def respond(self, path, query, headers, body):
        if self.down:
            return 500, {}
        bearer = (headers.get("Authorization") or "").removeprefix("Bearer ")
        if path == "/debug_token":
            if bearer != f"{self.APP_ID}|{self.SECRET}":
                return 400, {"error": {"message": "Invalid app access token"}}
            found = self.people.get(query.get("input_token", ""))
            if found is None:
                return 200, {"data": {"is_valid": False}}
            return 200, {
                "data": {
                    "app_id": found["app_id"],
                    "is_valid": found["is_valid"],
                    "type": "USER",
                    "user_id": found["id"],
                }
            }
        proof = hmac.new(self.SECRET.encode(), bearer.encode(), hashlib.sha256).hexdigest()
        if path != "/me" or bearer not in self.people or query.get("appsecret_proof") != proof:
            return 400, {"error": {"message": "Invalid OAuth access token."}}
        fields = query.get("fields", "").split(",")
        return 200, {name: value for name, value in self.people[bearer].items() if name in fields}


class Laravel(Provider):
    """The external provider of seed 003 §14: its users, and its check of tokens."""

    ISSUER, SECRET, API_KEY = "https://id.example.org", "an-hs256-secret-of-at-least-32-bytes", "provider-api-key"

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[str, dict[str, Any]] = {}
        self.valid = True
        self.down = False

    def respond(self, path, query, headers, body):
        if self.down:
            return 503, {}
        if headers.get("Authorization") != f"Bearer {self.API_KEY}":
            return 401, {}
        if path == "/api/verify-token":
            return 200, {"valid": self.valid and bool(body.get("token"))}
        found = self.users.get(path.removeprefix("/api/users/"))
        return (200, {"data": found}) if found else (404, {})

    @property
    def settings(self) -> dict[str, str]:
        """What points the API at it."""
        return {
            "IDENTITY_MODE": "external",
            "EXTERNAL_ISSUER": self.ISSUER,
            "EXTERNAL_SHARED_SECRET": self.SECRET,
            "EXTERNAL_VERIFY_URL": f"{self.url}/api/verify-token",
            "EXTERNAL_USER_URL": f"{self.url}/api/users/{{userId}}",
            "EXTERNAL_API_KEY": self.API_KEY,
        }

    def token(self, subject: str, *, key: str = SECRET, seconds: int = 3600, **claims: Any) -> str:
        """An access token."""
        now = datetime.now(UTC)
        payload = {"iss": self.ISSUER, "sub": subject, "iat": now, "exp": now + timedelta(seconds=seconds)} | claims
        return jwt.encode(payload, key, algorithm="HS256")
