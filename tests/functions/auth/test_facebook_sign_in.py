import pytest

from tests.client import refused
from tests.configured import configured
from tests.functions.auth.factors import code_of, enrolled
from tests.functions.auth.links import token_in
from tests.providers import Facebook, running
from tests.world import unique


@pytest.fixture(scope="module")
def facebook(cloud):
    with (
        running(Facebook()) as provider,
        configured(
            FACEBOOK_APP_ID=provider.APP_ID, FACEBOOK_APP_SECRET=provider.SECRET, FACEBOOK_GRAPH_URL=provider.url
        ),
    ):
        yield provider


def person(**fields):
    return {"id": unique("9"), "email": f"{unique('f')}@example.org", "name": "Fay Face"} | fields


def sign_in(api, token, **fields):
    return api.post("/auth/facebook", {"accessToken": token} | fields)


def test_an_account_is_made_and_found_again(api, cloud, facebook):
    who = person()
    first = sign_in(api, facebook.issue(unique("t"), **who))
    assert first.status == 201, first
    assert (first["user"]["name"], first["user"]["emailVerified"]) == ("Fay Face", False)
    assert cloud.wait_for_mail(who["email"], having="Confirm")
    again = sign_in(api, facebook.issue(unique("t"), **who))
    assert (again.status, again["user"]["id"]) == (200, first["user"]["id"])


def test_its_token_reaches_no_address_of_ours(api, facebook):
    sign_in(api, facebook.issue(unique("t"), **person()))
    me = [request for request in facebook.requests if request[1] == "/me"][-1]
    assert me[2]["Authorization"].startswith("Bearer t")


def test_only_a_confirmed_account_is_joined(api, cloud, facebook, world):
    account = world.register("Family")
    token = facebook.issue(unique("t"), **person(email=account.email))
    refused(sign_in(api, token), 409, "ACCOUNT_NOT_CONFIRMED")
    api.post("/auth/verify-email", {"token": token_in(cloud.wait_for_mail(account.email, having="Confirm")[0])})
    assert sign_in(api, token)["user"]["id"] == account.id


def test_the_second_factor_is_asked_for_here_too(api, facebook, world):
    token = facebook.issue(unique("t"), **person())
    made = sign_in(api, token)
    account = type("Made", (), {"token": made["token"]})
    _, secret, _ = enrolled(api, world, account)
    refused(sign_in(api, token), 401, "MFA_REQUIRED")
    assert sign_in(api, token, mfaCode=code_of(secret, ahead=1)).status == 200
    for _ in range(5):
        refused(sign_in(api, token, mfaCode="x"), 401, "INVALID_MFA_CODE")
    refused(sign_in(api, token, mfaCode="x"), 429, "TOO_MANY_FAILURES")


def test_a_token_of_another_app_is_refused(api, facebook):
    refused(sign_in(api, facebook.issue(unique("t"), app_id="666", **person())), 401, "INVALID_IDENTITY_TOKEN")


@pytest.mark.parametrize("how", ["unknown", "ended", "without address"])
def test_a_token_that_does_not_say_enough_is_refused(api, facebook, how):
    token = unique("t")
    if how == "ended":
        facebook.issue(token, valid=False, **person())
    elif how == "without address":
        facebook.issue(token, id=unique("9"), name="No Address")
    refused(sign_in(api, token), 401, "INVALID_IDENTITY_TOKEN")


def test_nobody_becomes_administrator(api, facebook):
    refused(sign_in(api, facebook.issue(unique("t"), **person()), role="Admin"), 403, "ROLE_NOT_OPEN")


def test_a_closed_account_stays_closed(api, facebook, world):
    token = facebook.issue(unique("t"), **person())
    made = sign_in(api, token)["user"]
    api.as_(world.admin).post(f"/admin/users/{made['id']}/deactivate")
    refused(sign_in(api, token), 401, "INVALID_CREDENTIALS")


def test_a_provider_that_is_down_is_no_refusal(api, facebook):
    facebook.down = True
    try:
        refused(sign_in(api, "t"), 503, "IDENTITY_PROVIDER_UNAVAILABLE")
    finally:
        facebook.down = False
    with configured(FACEBOOK_GRAPH_URL="http://127.0.0.1:9"):
        refused(sign_in(api, "t"), 503, "IDENTITY_PROVIDER_UNAVAILABLE")


def test_it_is_off_unless_configured(api, facebook):
    with configured(FACEBOOK_APP_ID=""):
        refused(sign_in(api, "t"), 404, "SIGN_IN_NOT_CONFIGURED")
