"""IDENTITY_MODE=external, over the running API (seed 003 §14)."""

import pytest

from tests.client import refused
from tests.configured import configured
from tests.providers import Laravel, running
from tests.world import unique


@pytest.fixture
def laravel(cloud, world):
    assert world.admin.id
    with running(Laravel()) as provider, configured(**provider.settings):
        yield provider


def somebody(laravel, role="patient", **fields):
    """(subject, token) of a user of the provider."""
    subject = unique("7")
    email = f"{subject}@example.org"
    laravel.users[subject] = {"email": email, "name": "Lara Vel", "role": role, "phone_number": "+15550100"} | fields
    return subject, laravel.token(subject, email=email, roles=[role])


def test_an_account_is_made_when_its_token_is_first_seen(api, laravel):
    _, token = somebody(laravel)
    me = api.get("/users/me", token=token)
    assert me.status == 200, me
    assert (me["name"], me["role"], me["phoneNumber"], me["emailVerified"]) == (
        "Lara Vel",
        "Patient",
        "+15550100",
        True,
    )
    assert api.get(f"/patients/{me['patientId']}", token=token).status == 200
    asked = [path for _, path, _, _ in laravel.requests]
    assert asked.count("/api/verify-token") == 1, "only a new token is confirmed"


def test_another_token_brings_what_changed(api, laravel):
    subject, token = somebody(laravel)
    first = api.get("/users/me", token=token)
    laravel.users[subject] |= {"name": "Lara Changed", "email": f"new{subject}@example.org"}
    again = api.get("/users/me", token=laravel.token(subject, email="x@example.org", roles=["patient"], jti="2"))
    assert (again["id"], again["name"], again["email"]) == (first["id"], "Lara Changed", f"new{subject}@example.org")
    assert api.get(f"/patients/{first['patientId']}", token=token)["name"] == "Lara Changed"


def test_the_providers_roles_count_but_credentials_are_verified_here(api, laravel):
    _, token = somebody(laravel, role="doctor")
    assert api.get("/users/me", token=token)["role"] == "Doctor"
    refused(api.get("/patients", token=token), 403, "CREDENTIALS_NOT_VERIFIED")
    _, boss = somebody(laravel, role="admin")
    assert api.get("/users", token=boss).status == 200


def test_forced_logout_ends_a_token_that_is_still_valid(api, laravel):
    _, token = somebody(laravel)
    _, boss = somebody(laravel, role="admin")
    user = api.get("/users/me", token=token)["id"]
    assert api.post(f"/admin/users/{user}/logout", token=boss).status == 200
    refused(api.get("/users/me", token=token), 401, "SESSION_ENDED")


def test_a_token_that_the_provider_does_not_confirm_is_refused(api, laravel):
    _, token = somebody(laravel)
    laravel.valid = False
    refused(api.get("/users/me", token=token), 401, "SESSION_ENDED")


def test_a_provider_that_is_down_is_no_refusal(api, laravel):
    _, known = somebody(laravel)
    assert api.get("/users/me", token=known).status == 200
    _, new = somebody(laravel)
    laravel.down = True
    assert api.http.get("/users/me", headers={"Authorization": f"Bearer {new}"}).status_code == 503
    assert api.get("/users/me", token=known).status == 200


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://evil.example"}, "TOKEN_INVALID"),
        ({"key": "another-secret-of-at-least-32-bytes!!"}, "TOKEN_INVALID"),
        ({"seconds": -60}, "TOKEN_EXPIRED"),
        ({"roles": ["wizard"]}, "TOKEN_INVALID"),
        ({"roles": []}, "TOKEN_INVALID"),
        ({"aud": "another-service"}, "TOKEN_INVALID"),
    ],
)
def test_a_token_that_is_not_good_here_is_refused(api, laravel, claims, reason):
    subject, _ = somebody(laravel)
    token = laravel.token(subject, **{"email": "x@example.org", "roles": ["patient"]} | claims)
    refused(api.get("/users/me", token=token), 401, reason)


def test_our_own_tokens_do_not_count(api, laravel, world):
    refused(api.as_(world.admin).get("/users/me"), 401, "TOKEN_INVALID")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/auth/login"),
        ("POST", "/auth/register"),
        ("POST", "/user/login"),
        ("POST", "/auth/refresh"),
        ("POST", "/auth/logout"),
        ("POST", "/auth/mfa/verify"),
        ("POST", "/auth/forgot-password"),
        ("GET", "/auth/sessions"),
    ],
)
def test_signing_in_is_the_providers(api, laravel, method, path):
    refused(api.call(method, path), 404, "IDENTITY_IS_EXTERNAL")


def test_the_address_of_another_account_is_not_taken_over(api, laravel):
    subject, token = somebody(laravel)
    assert api.get("/users/me", token=token).status == 200
    _, twin = somebody(laravel, email=f"{subject}@example.org")
    answer = api.http.get("/users/me", headers={"Authorization": f"Bearer {twin}"})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "EMAIL_TAKEN")
