"""Tokens of an external issuer: its key and algorithm are pinned, whatever a token says."""

import base64
import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.auth.external import ExternalClaims, ExternalVerifier, KeysUnavailableError
from shared.auth.tokens import TokenError
from tests.shared.auth.attacks import FOREIGN_ALGORITHMS, b64, sign

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "a-secret-shared-with-laravel-0123456789"
SECRET_BYTES = SECRET.encode()
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
JWKS = {
    "keys": [
        {**RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True), "kid": "rsa", "use": "sig"},
        {**ECAlgorithm.to_jwk(EC.public_key(), as_dict=True), "kid": "ec", "alg": "ES256"},
    ]
}
ISS = "https://laravel.example.com"
CLAIMS = {
    "iss": ISS,
    "sub": "42",
    "email": "ann@example.com",
    "roles": ["doctor"],
    "jti": "t1",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 3600,
}
BY_SECRET = ExternalVerifier(ISS, shared_secret=SECRET)
BY_KEYS = ExternalVerifier(ISS, jwks=JWKS)


def hs(claims=(), header=(), key=SECRET_BYTES):
    return sign({"alg": "HS256", "typ": "JWT", **dict(header)}, {**CLAIMS, **dict(claims)}, key)


def rs(claims=(), header=(), key=RSA):
    return sign({"alg": "RS256", "kid": "rsa", **dict(header)}, {**CLAIMS, **dict(claims)}, key)


def es(claims=(), header=(), key=EC):
    return sign({"alg": "ES256", "kid": "ec", **dict(header)}, {**CLAIMS, **dict(claims)}, key)


def refused(verifier, token, at=NOW) -> str:
    with pytest.raises(TokenError) as error:
        verifier.verify(token, at)
    return error.value.reason


WAYS = pytest.mark.parametrize(
    ("verifier", "make"), [(BY_SECRET, hs), (BY_KEYS, rs), (BY_KEYS, es)], ids=["hs", "rs", "es"]
)


@WAYS
def test_a_good_token(verifier, make):
    assert verifier.verify(make(), NOW) == ExternalClaims(
        subject="42",
        email="ann@example.com",
        roles=("doctor",),
        token_id="t1",
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )


def test_a_token_made_by_the_usual_library():
    token = jwt.encode(CLAIMS, SECRET, algorithm="HS256")
    assert BY_SECRET.verify(token, NOW).subject == "42"


@WAYS
@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://evil.example.com"}, "WRONG_ISSUER"),
        ({"iss": f"{ISS}/"}, "WRONG_ISSUER"),
        ({"iss": None}, "MALFORMED"),
        ({"aud": "another-service"}, "WRONG_AUDIENCE"),
        ({"aud": [""]}, "WRONG_AUDIENCE"),
        ({"exp": CLAIMS["iat"]}, "EXPIRED"),
        ({"exp": None}, "MALFORMED"),
        ({"iat": None}, "MALFORMED"),
        ({"iat": CLAIMS["iat"] + 60}, "MALFORMED"),
        ({"nbf": CLAIMS["iat"] + 60}, "MALFORMED"),
        ({"sub": None}, "MALFORMED"),
        ({"sub": ""}, "MALFORMED"),
        ({"sub": True}, "MALFORMED"),
        ({"sub": ["42"]}, "MALFORMED"),
        ({"email": None}, "MALFORMED"),
        ({"jti": 7}, "MALFORMED"),
        ({"jti": ""}, "MALFORMED"),
        ({"roles": "doctor"}, "MALFORMED"),
        ({"roles": [1]}, "MALFORMED"),
        ({"roles": [""]}, "MALFORMED"),
        ({"role": {"name": "doctor"}}, "MALFORMED"),
    ],
)
def test_claims_that_are_refused(verifier, make, claims, reason):
    assert refused(verifier, make(claims)) == reason


@WAYS
@pytest.mark.parametrize("algorithm", FOREIGN_ALGORITHMS)
def test_another_algorithm_is_refused(verifier, make, algorithm):
    assert refused(verifier, make(header={"alg": algorithm})) == "WRONG_ALGORITHM"
    assert refused(verifier, make(header={"alg": algorithm}, key=None)) == "WRONG_ALGORITHM"


def test_the_public_key_is_no_shared_secret():
    for public in (RSA.public_key(), EC.public_key()):
        for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
            secret = public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
            assert refused(BY_KEYS, hs(key=secret)) == "WRONG_ALGORITHM"
            assert refused(BY_KEYS, hs(key=secret, header={"kid": "rsa"})) == "WRONG_ALGORITHM"


def test_a_shared_secret_takes_no_public_key_algorithm():
    assert refused(BY_SECRET, rs()) == "WRONG_ALGORITHM"
    assert refused(BY_SECRET, es(header={"jwk": JWKS["keys"][1]})) == "WRONG_ALGORITHM"


def test_a_key_is_used_for_its_own_algorithm_only():
    assert refused(BY_KEYS, rs(header={"kid": "ec"})) == "WRONG_ALGORITHM"
    assert refused(BY_KEYS, es(header={"kid": "rsa"})) == "WRONG_ALGORITHM"


@WAYS
def test_another_key_is_refused(verifier, make):
    key = {hs: b"x" * 40, rs: rsa.generate_private_key(public_exponent=65537, key_size=2048)}.get(
        make, ec.generate_private_key(ec.SECP256R1())
    )
    assert refused(verifier, make(key=key)) == "BAD_SIGNATURE"
    assert (
        refused(verifier, make(key=key, header={"jku": "http://127.0.0.1:9/", "jwk": JWKS["keys"][1]}))
        == "BAD_SIGNATURE"
    )


@given(at=st.integers(0, len(hs()) - 1), new=st.characters(codec="utf-8"))
def test_a_changed_character_is_noticed(at, new):
    token = hs()
    changed = token[:at] + new + token[at + 1 :]
    if changed != token:
        assert refused(BY_SECRET, changed) in {"MALFORMED", "BAD_SIGNATURE", "WRONG_ALGORITHM"}


def test_an_oversized_token_is_refused():
    assert refused(BY_SECRET, hs({"padding": "x" * 100_000})) == "MALFORMED"


@pytest.mark.parametrize(
    ("claims", "roles"),
    [
        ({"roles": ["doctor", "admin"]}, ("doctor", "admin")),
        ({"roles": [], "role": "nurse"}, ("nurse",)),
        ({"roles": ["nurse"], "role": "nurse"}, ("nurse",)),
        ({"roles": []}, ()),
    ],
)
def test_roles_as_issuers_write_them(claims, roles):
    assert BY_SECRET.verify(hs(claims), NOW).roles == roles


def test_a_single_role_without_a_list():
    claims = {name: value for name, value in CLAIMS.items() if name != "roles"}
    token = sign({"alg": "HS256"}, {**claims, "role": "Doctor"}, SECRET.encode())
    assert BY_SECRET.verify(token, NOW).roles == ("Doctor",)


def test_a_numeric_subject():
    assert BY_SECRET.verify(hs({"sub": 42}), NOW).subject == "42"


def test_an_audience_is_required_once_it_is_configured():
    verifier = ExternalVerifier(ISS, shared_secret=SECRET, audience="consentmd")
    verifier.verify(hs({"aud": "consentmd"}), NOW)
    verifier.verify(hs({"aud": ["x", "consentmd"]}), NOW)
    assert refused(verifier, hs()) == "WRONG_AUDIENCE"
    assert refused(verifier, hs({"aud": "x"})) == "WRONG_AUDIENCE"


def test_a_token_without_an_id_is_known_by_what_was_signed():
    claims = {name: value for name, value in CLAIMS.items() if name != "jti"}
    token = sign({"alg": "ES256", "kid": "ec"}, claims, EC)
    twice = sign({"alg": "ES256", "kid": "ec"}, claims, EC)
    other = sign({"alg": "ES256", "kid": "ec"}, {**claims, "iat": claims["iat"] - 1}, EC)
    ids = [BY_KEYS.verify(each, NOW).token_id for each in (token, twice, other)]
    assert ids[0] == ids[1] != ids[2]


def test_an_altered_signature_that_still_fits_does_not_make_a_new_token():
    claims = {name: value for name, value in CLAIMS.items() if name != "jti"}
    token = sign({"alg": "ES256", "kid": "ec"}, claims, EC)
    signed, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = int.from_bytes(raw[:32], "big"), order - int.from_bytes(raw[32:], "big")
    twin = f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    assert twin != token
    assert BY_KEYS.verify(twin, NOW).token_id == BY_KEYS.verify(token, NOW).token_id


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "Exactly one"),
        ({"shared_secret": SECRET, "jwks": JWKS}, "Exactly one"),
        ({"shared_secret": SECRET, "jwks_url": "https://x.example/jwks"}, "Exactly one"),
        ({"shared_secret": "short"}, "at least 32 bytes"),
        ({"jwks": {"keys": []}}, "no public signature key"),
        ({"jwks_url": "http://laravel.example.com/jwks"}, "must be https"),
        ({"jwks_url": "file:///etc/passwd"}, "must be https"),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        ExternalVerifier(ISS, **arguments)
    with pytest.raises(ValueError, match="must be named"):
        ExternalVerifier("", shared_secret=SECRET)


class Provider:
    """An identity provider's JWK set URL."""

    def __init__(self) -> None:
        self.status, self.body, self.headers, self.calls = 200, json.dumps(JWKS).encode(), {}, 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.calls += 1
                self.send_response(provider.status)
                for name, value in provider.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(provider.body)))
                self.end_headers()
                self.wfile.write(provider.body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks.json"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def provider():
    running = Provider()
    yield running
    running.server.shutdown()
    running.server.server_close()


def later(**by):
    return NOW + timedelta(**by)


def test_published_keys_are_fetched_once(provider):
    verifier = ExternalVerifier(ISS, jwks_url=provider.url)
    with ThreadPoolExecutor(8) as pool:
        subjects = set(pool.map(lambda _: verifier.verify(rs(), NOW).subject, range(40)))
    assert subjects == {"42"}
    assert provider.calls == 1


def test_a_new_key_is_found_and_invented_ones_do_not_flood_the_provider(provider):
    provider.body = json.dumps({"keys": JWKS["keys"][:1]}).encode()
    verifier = ExternalVerifier(ISS, jwks_url=provider.url)
    verifier.verify(rs(), NOW)
    for number in range(20):
        assert refused(verifier, es(header={"kid": f"invented{number}"}), later(seconds=30)) == "UNKNOWN_KEY"
    assert provider.calls == 1
    provider.body = json.dumps(JWKS).encode()
    assert verifier.verify(es(), later(seconds=61)).subject == "42"
    assert provider.calls == 2


def test_a_withdrawn_key_is_forgotten(provider):
    verifier = ExternalVerifier(ISS, jwks_url=provider.url)
    verifier.verify(es(), NOW)
    provider.body = json.dumps({"keys": JWKS["keys"][:1]}).encode()
    verifier.verify(es(), later(minutes=9))
    assert refused(verifier, es(), later(minutes=11)) == "UNKNOWN_KEY"


def test_keys_outlast_the_providers_absence(provider):
    verifier = ExternalVerifier(ISS, jwks_url=provider.url)
    verifier.verify(es(), NOW)
    provider.status = 503
    assert verifier.verify(es(), later(minutes=30)).subject == "42"
    assert provider.calls == 2


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (503, b"", {}),
        (200, b"<html>", {}),
        (200, b"[]", {}),
        (200, b'{"keys": []}', {}),
        (200, b"[" * 100_000, {}),
        (200, json.dumps({**JWKS, "padding": "x" * 300_000}).encode(), {}),
        (200, gzip.compress(json.dumps({**JWKS, "padding": "x" * 3_000_000}).encode()), {"Content-Encoding": "gzip"}),
        (200, b"not gzip", {"Content-Encoding": "gzip"}),
        (302, b"", {"Location": "/elsewhere"}),
    ],
)
def test_without_keys_nobody_is_judged(provider, status, body, headers):
    good, provider.status, provider.body, provider.headers = provider.body, status, body, headers
    verifier = ExternalVerifier(ISS, jwks_url=provider.url)
    with pytest.raises(KeysUnavailableError, match="EXTERNAL_JWKS_URL"):
        verifier.verify(rs(), NOW)
    with pytest.raises(KeysUnavailableError):
        verifier.verify(rs(), later(seconds=1))
    assert provider.calls == 1
    provider.status, provider.body, provider.headers = 200, good, {}
    assert verifier.verify(rs(), later(seconds=6)).subject == "42"


def test_a_provider_that_is_not_there():
    with pytest.raises(KeysUnavailableError):
        ExternalVerifier(ISS, jwks_url="http://127.0.0.1:9/jwks").verify(rs(), NOW)


def test_a_token_without_a_kid_needs_a_single_key():
    token = sign({"alg": "RS256"}, CLAIMS, RSA)
    assert ExternalVerifier(ISS, jwks={"keys": JWKS["keys"][:1]}).verify(token, NOW).subject == "42"
    assert refused(BY_KEYS, token) == "UNKNOWN_KEY"
