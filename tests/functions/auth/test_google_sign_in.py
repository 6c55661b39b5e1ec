from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.client import refused
from tests.configured import configured
from tests.functions.auth.factors import code_of, enrolled
from tests.functions.auth.links import token_in
from tests.providers import CLIENT_ID, Google, running
from tests.world import PASSWORD, unique


@pytest.fixture(scope="module")
def google(cloud):
    with (
        running(Google()) as provider,
        configured(GOOGLE_CLIENT_ID=CLIENT_ID, GOOGLE_CERTS_URL=f"{provider.url}/certs"),
    ):
        yield provider


def sign_in(api, token, **fields):
    return api.post("/auth/google", {"googleToken": token} | fields)


def confirmed(api, cloud, account):
    api.post("/auth/verify-email", {"token": token_in(cloud.wait_for_mail(account.email, having="Confirm")[0])})
    return account


def person(**fields):
    return {"sub": unique("1"), "email": f"{unique('g')}@example.org", "name": "Gill Google"} | fields


def test_an_account_is_made_and_found_again(api, google):
    who = person()
    first = sign_in(api, google.token(**who))
    assert first.status == 201, first
    assert (first["user"]["role"], first["user"]["name"], first["user"]["emailVerified"]) == (
        "Patient",
        "Gill Google",
        True,
    )
    assert first["user"]["patientId"]
    assert first.trips == 2
    again = sign_in(api, google.token(**who | {"email": f"{unique('moved')}@example.org"}))
    assert (again.status, again["user"]["id"], again.trips) == (200, first["user"]["id"], 3)
    assert api.get("/users/me", token=again["token"]).status == 200


def test_a_role_may_be_asked_for_but_not_administrator(api, google):
    assert sign_in(api, google.token(**person()), role="Doctor")["user"]["verification"] == "pending"
    refused(sign_in(api, google.token(**person()), role="Admin"), 403, "ROLE_NOT_OPEN")
    refused(sign_in(api, google.token(**person()), isAdmin=True), 400, "VALIDATION_ERROR")


def test_a_confirmed_account_is_joined(api, cloud, google, world):
    account = confirmed(api, cloud, world.register("Patient"))
    who = person(email=account.email)
    answer = sign_in(api, google.token(**who))
    assert (answer.status, answer["user"]["id"]) == (200, account.id)
    assert answer["user"]["patientId"] == account.patient_id
    assert sign_in(api, google.token(**who))["user"]["id"] == account.id


def test_an_unconfirmed_account_is_not_joined(api, google, world):
    """Somebody registers a stranger's address; the stranger then comes with Google."""
    planted = world.register("Family")
    refused(sign_in(api, google.token(**person(email=planted.email))), 409, "ACCOUNT_NOT_CONFIRMED")
    assert api.as_(planted).get("/users/me").status == 200


def test_the_second_factor_is_asked_for_here_too(api, cloud, google, world):
    account, secret, _ = enrolled(api, world, confirmed(api, cloud, world.register("Family")))
    token = google.token(**person(email=account.email))
    refused(sign_in(api, token), 401, "MFA_REQUIRED")
    refused(sign_in(api, token, mfaCode="000000x"), 401, "INVALID_MFA_CODE")
    assert sign_in(api, token, mfaCode=code_of(secret, ahead=1)).status == 200
    for _ in range(5):
        sign_in(api, token, mfaCode="000000x")
    refused(sign_in(api, token, mfaCode="000000x"), 429, "TOO_MANY_FAILURES")


def test_a_closed_account_stays_closed(api, google, world):
    who = person()
    made = sign_in(api, google.token(**who))["user"]
    api.as_(world.admin).post(f"/admin/users/{made['id']}/deactivate")
    refused(sign_in(api, google.token(**who)), 401, "INVALID_CREDENTIALS")


def test_an_account_without_a_password_has_none_to_guess(api, google):
    who = person()
    sign_in(api, google.token(**who))
    refused(api.post("/auth/login", {"email": who["email"], "password": PASSWORD}), 401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-app"},
        {"iss": "https://accounts.evil.example"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"exp": datetime.now(UTC) - timedelta(hours=1)},
        {"email": "nobody"},
        {"email": None},
        {"sub": None},
    ],
)
def test_a_token_that_does_not_say_enough_is_refused(api, google, claims):
    who = {name: value for name, value in (person() | claims).items() if value is not None}
    refused(sign_in(api, google.token(**who)), 401, "INVALID_IDENTITY_TOKEN")


def test_a_token_that_google_did_not_sign_is_refused(api, google):
    other = rsa.generate_private_key(65537, 2048)
    refused(sign_in(api, google.token(key=other, **person())), 401, "INVALID_IDENTITY_TOKEN")
    refused(sign_in(api, "x.y.z"), 401, "INVALID_IDENTITY_TOKEN")


def test_certificates_that_cannot_be_fetched_are_no_refusal(api, google):
    with configured(GOOGLE_CERTS_URL="http://127.0.0.1:9/certs"):
        refused(sign_in(api, google.token(**person())), 503, "IDENTITY_PROVIDER_UNAVAILABLE")


def test_it_is_off_unless_configured(api, google):
    with configured(GOOGLE_CLIENT_ID=""):
        refused(sign_in(api, google.token(**person())), 404, "SIGN_IN_NOT_CONFIGURED")
