"""Access tokens: what is issued verifies, and nothing else does."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.auth.jws import LONGEST_TOKEN, public_keys
from shared.auth.tokens import Claims, TokenError, TokenIssuer, TokenVerifier, new_opaque, opaque_hash, thumbprint
from tests.shared.auth.attacks import FOREIGN_ALGORITHMS, b64, es256, opened, segment, sign

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
ISSUER = TokenIssuer(PEM, "consentmd", "consentmd", 900)
PUBLIC = ECAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
JWKS = {"keys": [{**PUBLIC, "kid": ISSUER.key_id, "use": "sig", "alg": "ES256"}]}
VERIFIER = TokenVerifier(JWKS, "consentmd", "consentmd", leeway=5)
TOKEN = ISSUER.issue("u1", "ann@example.com", "Doctor", ["Doctor", "Admin"], "s1", NOW)
HEADER, CLAIMS = opened(TOKEN)


def refused(token, at=NOW, verifier=VERIFIER) -> str:
    with pytest.raises(TokenError) as error:
        verifier.verify(token, at)
    assert str(error.value) == error.value.reason
    return error.value.reason


def forged(header=(), claims=(), key=KEY) -> str:
    """A token whose signature is right, with other headers and claims."""
    return sign({**HEADER, **dict(header)}, {**CLAIMS, **dict(claims)}, key)


def test_the_claims_are_those_of_the_contract():
    assert {"alg": "ES256", "typ": "JWT", "kid": thumbprint(PUBLIC)} == HEADER
    assert {name: value for name, value in CLAIMS.items() if name != "jti"} == {
        "sub": "u1",
        "userId": "u1",
        "email": "ann@example.com",
        "role": "Doctor",
        "roles": ["Doctor", "Admin"],
        "sid": "s1",
        "aud": "consentmd",
        "iss": "consentmd",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 900,
    }


def test_what_is_issued_verifies():
    assert VERIFIER.verify(TOKEN, NOW) == Claims(
        user_id="u1",
        email="ann@example.com",
        role="Doctor",
        roles=("Doctor", "Admin"),
        session_id="s1",
        token_id=CLAIMS["jti"],
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=15),
    )
    # The forging helper makes good tokens too, so that a refusal below is for what it changes.
    assert VERIFIER.verify(forged(), NOW).user_id == "u1"


@given(user=st.text(min_size=1), email=st.text(min_size=1), role=st.text(min_size=1), session=st.text(min_size=1))
def test_any_names_survive(user, email, role, session):
    claims = VERIFIER.verify(ISSUER.issue(user, email, role, [role], session, NOW), NOW)
    assert (claims.user_id, claims.email, claims.role, claims.session_id) == (user, email, role, session)


def test_every_token_has_its_own_id():
    ids = {opened(ISSUER.issue("u1", "a@b.example", "Doctor", ["Doctor"], "s1", NOW))[1]["jti"] for _ in range(20)}
    assert len(ids) == 20


@pytest.mark.parametrize(
    ("after", "reason"), [(904, None), (905, "EXPIRED"), (10**6, "EXPIRED"), (-5, None), (-6, "MALFORMED")]
)
def test_life(after, reason):
    at = NOW + timedelta(seconds=after)
    if reason is None:
        VERIFIER.verify(TOKEN, at)
    else:
        assert refused(TOKEN, at) == reason


def test_a_token_not_yet_valid_is_refused():
    assert refused(forged(claims={"nbf": CLAIMS["iat"] + 60})) == "MALFORMED"
    VERIFIER.verify(forged(claims={"nbf": CLAIMS["iat"]}), NOW)


@given(at=st.integers(0, len(TOKEN) - 1), new=st.characters(codec="utf-8"))
def test_a_changed_character_is_noticed(at, new):
    changed = TOKEN[:at] + new + TOKEN[at + 1 :]
    if changed != TOKEN:
        assert refused(changed) in {"MALFORMED", "BAD_SIGNATURE", "WRONG_ALGORITHM", "UNKNOWN_KEY"}


@given(length=st.integers(0, len(TOKEN) - 1))
def test_a_truncated_token_is_refused(length):
    assert refused(TOKEN[:length]) in {"MALFORMED", "BAD_SIGNATURE"}


@given(
    junk=st.text(max_size=200)
    | st.lists(st.binary(max_size=60), min_size=3, max_size=3).map(lambda p: ".".join(map(b64, p)))
)
def test_junk_is_refused(junk):
    assert refused(junk) in {"MALFORMED", "WRONG_ALGORITHM"}


@pytest.mark.parametrize("token", [None, 7, b"a.b.c", [], TOKEN.encode()])
def test_what_is_not_text_is_refused(token):
    assert refused(token) == "MALFORMED"


def test_changed_claims_do_not_fit_the_signature():
    head, _, signature = TOKEN.split(".")
    assert refused(f"{head}.{segment({**CLAIMS, 'role': 'Admin'})}.{signature}") == "BAD_SIGNATURE"


def test_a_signature_of_another_token_does_not_fit():
    other = ISSUER.issue("u2", "eve@example.com", "Patient", ["Patient"], "s2", NOW)
    assert refused(f"{TOKEN.rpartition('.')[0]}.{other.rpartition('.')[2]}") == "BAD_SIGNATURE"


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_signatures_of_the_wrong_length(length):
    assert refused(f"{TOKEN.rpartition('.')[0]}.{b64(bytes(length))}") == "BAD_SIGNATURE"


@pytest.mark.parametrize("signature", [bytes(64), bytes(32) + b"\x01" * 32, b"\xff" * 64])
def test_degenerate_signatures(signature):
    assert refused(f"{TOKEN.rpartition('.')[0]}.{b64(signature)}") == "BAD_SIGNATURE"


@pytest.mark.parametrize("algorithm", FOREIGN_ALGORITHMS)
@pytest.mark.parametrize("key", [None, KEY], ids=["unsigned", "signed"])
def test_another_algorithm_is_refused(algorithm, key):
    assert refused(forged({"alg": algorithm}, key=key)) == "WRONG_ALGORITHM"


def test_a_header_without_an_algorithm_is_refused():
    assert refused(sign({"typ": "JWT", "kid": ISSUER.key_id}, CLAIMS, KEY)) == "WRONG_ALGORITHM"


@pytest.mark.parametrize(
    "secret",
    [
        KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        json.dumps(JWKS["keys"][0]).encode(),
        ISSUER.key_id.encode(),
        b"",
    ],
    ids=["pem", "der", "jwk", "kid", "empty"],
)
def test_the_public_key_is_no_shared_secret(secret):
    assert refused(forged({"alg": "HS256"}, key=secret)) == "WRONG_ALGORITHM"


@pytest.mark.parametrize("kid", ["", "other", "../../dev/null", "' OR 1=1", "A" * 43])
def test_an_unknown_key_is_refused(kid):
    assert refused(forged({"kid": kid})) == "UNKNOWN_KEY"


def test_a_token_that_names_no_key_is_refused():
    assert refused(sign({"alg": "ES256", "typ": "JWT"}, CLAIMS, KEY)) == "UNKNOWN_KEY"


@pytest.mark.parametrize("kid", [7, ["a"], {"a": 1}, True])
def test_a_kid_that_is_not_text_is_refused(kid):
    assert refused(forged({"kid": kid})) == "MALFORMED"


def test_a_key_in_the_header_is_not_believed():
    attacker = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(attacker.public_key(), as_dict=True)
    for extra in (
        {"jwk": jwk},
        {"jku": "http://127.0.0.1:9/jwks.json"},
        {"x5u": "http://127.0.0.1:9/cert"},
        {"x5c": ["AAAA"]},
    ):
        assert refused(forged(extra, key=attacker)) == "BAD_SIGNATURE"
        assert refused(forged({**extra, "kid": thumbprint(jwk)}, key=attacker)) == "UNKNOWN_KEY"


@pytest.mark.parametrize("extra", [{"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}])
def test_extensions_are_refused(extra):
    assert refused(forged(extra)) == "MALFORMED"


@pytest.mark.parametrize("typ", ["logout+jwt", "JWE", "", 7, None, ["JWT"]])
def test_tokens_of_another_type_are_refused(typ):
    assert refused(forged({"typ": typ})) == "MALFORMED"


@pytest.mark.parametrize("audience", ["other", "", None, 7, [], ["other"], {"consentmd": 1}, "consentmd "])
def test_tokens_for_someone_else_are_refused(audience):
    assert refused(forged(claims={"aud": audience})) == "WRONG_AUDIENCE"


def test_one_of_several_audiences_may_be_us():
    VERIFIER.verify(forged(claims={"aud": ["other", "consentmd"]}), NOW)


@pytest.mark.parametrize("issuer", ["other", "consentmd/", "CONSENTMD"])
def test_tokens_of_someone_else_are_refused(issuer):
    assert refused(forged(claims={"iss": issuer})) == "WRONG_ISSUER"


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_a_missing_claim_is_refused(name):
    claims = {other: value for other, value in CLAIMS.items() if other != name}
    assert refused(sign(HEADER, claims, KEY)) == ("WRONG_AUDIENCE" if name == "aud" else "MALFORMED")


@pytest.mark.parametrize("name", sorted(set(CLAIMS) - {"aud"}))
@pytest.mark.parametrize("value", [None, True, {}, [7], "", -1, 1e400, 10**30])
def test_a_claim_of_the_wrong_type_is_refused(name, value):
    assert refused(forged(claims={name: value})) == "MALFORMED"


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
def test_a_time_written_as_text_is_refused(name):
    assert refused(forged(claims={name: "1772366400"})) == "MALFORMED"


@pytest.mark.parametrize(
    "claims", [{"sub": "u2"}, {"userId": "u2"}, {"role": "Admin2"}, {"roles": []}, {"roles": ["Admin"]}]
)
def test_claims_that_contradict_each_other_are_refused(claims):
    assert refused(forged(claims=claims)) == "MALFORMED"


def raw(header: bytes, claims: bytes) -> str:
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(es256(KEY, signed.encode()))}"


def test_a_claim_or_header_given_twice_is_refused():
    header, claims = json.dumps(HEADER).encode(), json.dumps(CLAIMS).encode()
    VERIFIER.verify(raw(header, claims), NOW)
    assert refused(raw(header, claims[:-1] + b', "role": "Admin"}')) == "MALFORMED"
    assert refused(raw(header[:-1] + b', "alg": "ES256"}', claims)) == "MALFORMED"


@pytest.mark.parametrize(
    "claims",
    [
        b"",
        b"7",
        b"[]",
        b"null",
        b"{",
        b"\xff{}",
        b'{"exp": NaN}',
        b'{"exp": Infinity}',
        b"[" * 5000,
        b'{"exp": ' + b"9" * 5000 + b"}",
    ],
)
def test_claims_that_are_no_object_are_refused(claims):
    assert refused(raw(json.dumps(HEADER).encode(), claims)) == "MALFORMED"


def test_a_second_spelling_of_the_same_bytes_is_refused():
    # 64 bytes leave four unused bits in the last character.
    last = TOKEN[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = TOKEN[:-1] + alphabet[alphabet.index(last) ^ 1]
    assert base64.urlsafe_b64decode(twin.rpartition(".")[2] + "==") == base64.urlsafe_b64decode(
        TOKEN.rpartition(".")[2] + "=="
    )
    for other in (twin, TOKEN + "==", TOKEN + "\n", " " + TOKEN, TOKEN + ".", TOKEN + ".x"):
        assert refused(other) == "MALFORMED"


def test_an_oversized_token_is_refused_before_it_is_read():
    big = forged(claims={"padding": "x" * 100_000})
    assert refused(big) == "MALFORMED"
    # Its header would be refused for another reason, had anyone looked.
    assert refused("x" * 100_000) == "MALFORMED"
    assert refused(sign({"alg": "none"}, {"padding": "x" * 100_000}, None)) == "MALFORMED"
    fits = forged(claims={"padding": "x" * 5000})
    assert len(fits) < LONGEST_TOKEN
    VERIFIER.verify(fits, NOW)


def test_a_key_set_without_a_usable_key_is_refused():
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    p384 = ec.generate_private_key(ec.SECP384R1()).public_key()
    for keys in (
        [],
        None,
        "x",
        [7],
        [{"kty": "oct", "k": "AAAA", "kid": "a"}],
        [{**PUBLIC, "use": "enc"}],
        [{**PUBLIC, "alg": "ES384"}],
        [{**PUBLIC, "x": "AAAA"}],
        [{"kty": "EC", "crv": "P-256"}],
        [RSAAlgorithm.to_jwk(small, as_dict=True)],
        [ECAlgorithm.to_jwk(p384, as_dict=True)],
    ):
        with pytest.raises(ValueError, match="no public signature key"):
            public_keys({"keys": keys})
    with pytest.raises(ValueError, match="JWK set"):
        TokenVerifier({}, "i", "a")


def test_an_rsa_key_in_our_set_signs_no_access_token():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "rsa"}
    verifier = TokenVerifier({"keys": [*JWKS["keys"], jwk]}, "consentmd", "consentmd")
    assert refused(forged({"alg": "RS256", "kid": "rsa"}, key=key), verifier=verifier) == "WRONG_ALGORITHM"
    assert refused(forged({"kid": "rsa"}), verifier=verifier) == "UNKNOWN_KEY"


def test_other_private_keys_are_refused():
    for key in (
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ):
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with pytest.raises(ValueError, match="P-256"):
            TokenIssuer(pem, "i", "a", 1)


def test_thumbprint_is_that_of_rfc_7638():
    # RFC 7638 §3.1, its example key.
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst"
        "n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9"
        "1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(jwk) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_a_key_without_a_kid_goes_by_its_thumbprint():
    assert list(public_keys({"keys": [PUBLIC]})) == [thumbprint(PUBLIC)]


def test_opaque_tokens():
    tokens = {new_opaque() for _ in range(200)}
    assert len(tokens) == 200
    for token in tokens:
        assert len(base64.urlsafe_b64decode(token + "=")) == 32
    # FIPS 180-2, the test vector "abc".
    assert opaque_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(opaque_hash("\ud800")) == 64
