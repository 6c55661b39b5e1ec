"""Keysets are read, unwrapped by Cloud KMS, and refused with a sentence when they cannot be used."""

import base64
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.store.keys import AEAD_DOMAINS, KEYSETS, Keyring, KeysetError, KmsAead
from tools.keys import add, create, promote, wrap

KEY = "projects/p/locations/us/keyRings/r/cryptoKeys/fields"


class Kms:
    """The two calls of the KMS REST API, and the token endpoint that a service account exchanges its assertion at."""

    def __init__(self) -> None:
        self.cipher = AESGCM(AESGCM.generate_key(256))
        self.calls: list[str] = []
        self.failures = 0
        kms = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/token":
                    return self.answer(200, {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"})
                kms.calls.append(self.path)
                if kms.failures:
                    kms.failures -= 1
                    return self.answer(503, {})
                if self.headers["Authorization"] != "Bearer t":
                    return self.answer(401, {})
                return self.answer(*kms.handle(self.path, json.loads(body)))

            def answer(self, status: int, body: dict[str, object]) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, path: str, body: dict[str, str]) -> tuple[int, dict[str, object]]:
        ad = base64.b64decode(body.get("additionalAuthenticatedData", ""))
        if path == f"/v1/{KEY}:encrypt":
            nonce = os.urandom(12)
            sealed = nonce + self.cipher.encrypt(nonce, base64.b64decode(body["plaintext"]), ad)
            return 200, {"ciphertext": base64.b64encode(sealed).decode()}
        if path == f"/v1/{KEY}:decrypt":
            data = base64.b64decode(body["ciphertext"])
            try:
                plain = self.cipher.decrypt(data[:12], data[12:], ad)
            except InvalidTag:
                return 400, {"error": {"status": "INVALID_ARGUMENT"}}
            return 200, {"plaintext": base64.b64encode(plain).decode()}
        return 404, {}


@pytest.fixture
def kms(tmp_path, monkeypatch):
    server = Kms()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = tmp_path / "account.json"
    account.write_text(
        json.dumps(
            {
                "type": "service_account",
                "client_email": "tests@p.iam.gserviceaccount.com",
                "private_key": key.decode(),
                "token_uri": f"{server.url}/token",
                "project_id": "p",
            }
        )
    )
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(account))
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def clear(tmp_path) -> Path:
    directory = tmp_path / "keys"
    create(directory)
    return directory


def test_every_primitive_works_on_clear_keysets(clear):
    ring = Keyring(clear)
    for domain in AEAD_DOMAINS:
        aead = ring.aead(domain)
        assert aead.decrypt(aead.encrypt(b"x", b"here"), b"here") == b"x"
    assert ring.prf().compute(b"x", 16) == Keyring(clear).prf().compute(b"x", 16)
    assert len(ring.prf().compute(b"x", 16)) == 16
    mac = ring.mac().compute_mac(b"entry")
    Keyring(clear).mac().verify_mac(mac, b"entry")


def test_domains_do_not_open_each_other(clear):
    import tink

    ring = Keyring(clear)
    with pytest.raises(tink.TinkError):
        ring.aead("patients").decrypt(ring.aead("users").encrypt(b"x", b""), b"")


def test_a_primitive_is_built_once_whichever_thread_comes_first(clear):
    ring = Keyring(clear)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: ring.aead("patients"), range(200)))
    assert len({id(each) for each in found}) == 1
    (clear / "patients.json").unlink()
    assert ring.aead("patients") is found[0]


def test_a_missing_file_is_named_with_the_command_that_makes_it(tmp_path):
    with pytest.raises(KeysetError) as refused:
        Keyring(tmp_path).aead("users")
    assert f"{tmp_path / 'users.json'} is missing" in str(refused.value)
    assert f"python -m tools.keys create {tmp_path}" in str(refused.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "{}", '{"primaryKeyId": 1, "key": []}', "\xff"])
def test_a_damaged_file_is_named(clear, content):
    (clear / "users.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(KeysetError, match=r"users\.json .*backup"):
        Keyring(clear).aead("users")


def test_a_damaged_key_is_named(clear):
    keyset = json.loads((clear / "users.json").read_text())
    keyset["key"][0]["keyData"]["value"] = "AAAA"
    (clear / "users.json").write_text(json.dumps(keyset))
    with pytest.raises(KeysetError, match=r"users\.json"):
        Keyring(clear).aead("users")


def test_a_keyset_of_another_purpose_is_named(clear):
    (clear / "users.json").write_bytes((clear / "audit.json").read_bytes())
    with pytest.raises(KeysetError, match=r"users\.json holds keys of another purpose"):
        Keyring(clear).aead("users")


def test_after_a_failure_a_restored_file_is_read(clear):
    ring, kept = Keyring(clear), (clear / "users.json").read_bytes()
    (clear / "users.json").unlink()
    with pytest.raises(KeysetError):
        ring.aead("users")
    (clear / "users.json").write_bytes(kept)
    ring.aead("users")


def test_an_unknown_domain_is_refused(clear):
    with pytest.raises(KeysetError, match="users, patients, "):
        Keyring(clear).aead("../users")


def test_wrapped_keysets_open_through_kms_and_hold_nothing_in_the_clear(clear, kms):
    sealed = Keyring(clear).aead("patients").encrypt(b"x", b"here")
    secret = json.loads((clear / "patients.json").read_text())["key"][0]["keyData"]["value"]
    assert wrap(clear, KmsAead(KEY, kms.url)) == [f"{name}.json" for name in KEYSETS]
    assert secret not in (clear / "patients.json").read_text()
    kms.calls.clear()
    ring = Keyring(clear, KEY, kms.url)
    for _ in range(5):
        assert ring.aead("patients").decrypt(sealed, b"here") == b"x"
    ring.prf().compute(b"x", 16)
    assert kms.calls == [f"/v1/{KEY}:decrypt"] * 2


def test_a_wrapped_keyset_does_not_stand_in_for_another(clear, kms):
    wrap(clear, KmsAead(KEY, kms.url))
    (clear / "users.json").write_bytes((clear / "patients.json").read_bytes())
    with pytest.raises(KeysetError, match="under this name"):
        Keyring(clear, KEY, kms.url).aead("users")


def test_kms_failing_is_a_sentence_and_the_next_request_tries_again(clear, kms):
    wrap(clear, KmsAead(KEY, kms.url))
    ring = Keyring(clear, KEY, kms.url)
    kms.failures = 3
    with pytest.raises(KeysetError, match="Cloud KMS did not decrypt a keyset"):
        ring.aead("users")
    kms.failures = 2
    ring.aead("users")


def test_rotating_wrapped_keysets(clear, kms):
    wrap(clear, KmsAead(KEY, kms.url))
    old = Keyring(clear, KEY, kms.url).aead("users").encrypt(b"x", b"")
    for step in (add, promote):
        step(clear, "users", KmsAead(KEY, kms.url))
    new = Keyring(clear, KEY, kms.url).aead("users")
    assert new.decrypt(old, b"") == b"x"
    assert new.encrypt(b"x", b"")[:5] != old[:5]


def test_form_and_setting_must_agree(clear, kms):
    with pytest.raises(KeysetError, match="lies in the clear"):
        Keyring(clear, KEY, kms.url).aead("users")
    wrap(clear, KmsAead(KEY, kms.url))
    with pytest.raises(KeysetError, match="Set KEYSET_KMS_KEY"):
        Keyring(clear).aead("users")


def test_a_keyset_mounted_as_a_secret_of_its_own_is_found(tmp_path) -> None:
    """Cloud Run mounts each secret as a folder."""
    create(tmp_path / "made")
    (tmp_path / "mounted" / "users").mkdir(parents=True)
    (tmp_path / "made" / "users.json").rename(tmp_path / "mounted" / "users" / "users.json")
    aead = Keyring(tmp_path / "mounted").aead("users")
    assert aead.decrypt(aead.encrypt(b"text", b"place"), b"place") == b"text"
