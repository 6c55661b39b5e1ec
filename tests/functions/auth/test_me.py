import base64
import hmac
import json

import jwt
import pytest

from tests.client import refused


def test_the_account_is_inside_user(api, world):
    patient = world.patient(address="1 Main St")
    answer = api.as_(patient).get("/auth/me")
    assert answer.status == 200, answer
    assert answer.json.keys() == {"user"}
    assert (answer["user"]["id"], answer["user"]["address"]) == (patient.id, "1 Main St")
    assert answer.trips == 3


def test_staff_need_one_round_trip(api, world):
    assert api.as_(world.register("Doctor")).get("/auth/me").trips == 1


def forged(token, *, header=None, payload=None, signature=None):
    parts = token.split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in parts[:2]]
    for place, change in enumerate((header, payload)):
        if change:
            text = json.dumps(decoded[place] | change).encode()
            parts[place] = base64.urlsafe_b64encode(text).decode().rstrip("=")
    if signature is not None:
        parts[2] = signature
    return ".".join(parts)


def signed_with_public_key(token, jwks):
    """The public key taken for a shared secret, the oldest trick of all."""
    unsigned = forged(token, header={"alg": "HS256"}).rpartition(".")[0]
    signature = hmac.digest(json.dumps(jwks["keys"][0]).encode(), unsigned.encode(), "sha256")
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "attack",
    [
        lambda t, _: forged(t, payload={"role": "Admin", "roles": ["Admin"]}),
        lambda t, _: forged(t, header={"alg": "none"}, signature=""),
        lambda t, _: forged(t, header={"alg": "None"}),
        lambda t, _: forged(t, payload={"aud": "other"}),
        lambda t, _: forged(t, signature="AAAA"),
        lambda t, _: t[:-2],
        lambda t, _: t + ".x",
        lambda t, _: "x" * 9000,
        signed_with_public_key,
        lambda t, jwks: forged(t, header={"jwk": jwks["keys"][0], "kid": "mine"}),
    ],
)
def test_a_token_that_is_not_ours_is_refused(api, world, attack):
    jwks = api.get("/.well-known/jwks.json").json
    refused(api.get("/auth/me", token=attack(world.family().token, jwks)), 401, "TOKEN_INVALID")


@pytest.mark.parametrize(
    ("claim", "value", "reason"),
    [("aud", "other", "TOKEN_INVALID"), ("iss", "other", "TOKEN_INVALID"), ("exp", 1, "TOKEN_EXPIRED")],
)
def test_a_token_with_our_signature_but_not_for_here_is_refused(api, cloud, world, claim, value, reason):
    family = world.family()
    key = (cloud.data_dir / "keys" / "jwt.pem").read_text()
    claims = jwt.decode(family.token, options={"verify_signature": False}) | {claim: value}
    headers = {"kid": jwt.get_unverified_header(family.token)["kid"]}
    refused(api.get("/auth/me", token=jwt.encode(claims, key, algorithm="ES256", headers=headers)), 401, reason)


def test_a_token_of_another_users_session_is_refused(api, cloud, world):
    mine, theirs = world.family(), world.family()
    key = (cloud.data_dir / "keys" / "jwt.pem").read_text()
    claims = jwt.decode(mine.token, options={"verify_signature": False})
    claims |= {"sid": jwt.decode(theirs.token, options={"verify_signature": False})["sid"]}
    headers = {"kid": jwt.get_unverified_header(mine.token)["kid"]}
    refused(
        api.get("/auth/me", token=jwt.encode(claims, key, algorithm="ES256", headers=headers)), 401, "SESSION_ENDED"
    )


@pytest.mark.parametrize("header", ["", "Bearer", "Basic abc", "bearer"])
def test_it_takes_a_bearer_token(api, header):
    refused(api.get("/auth/me", headers={"Authorization": header}), 401, "TOKEN_MISSING")
