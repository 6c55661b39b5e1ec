from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest

from tests.client import refused
from tests.functions.auth.links import reset_token, token_in
from tests.world import PASSWORD

NEW = "fresh-Badger-77-lantern"


def reset(api, token, password=NEW):
    return api.post("/auth/reset-password", {"token": token, "password": password})


def test_the_password_is_set_and_every_session_ends(api, cloud, world):
    account = world.register("Family")
    token = reset_token(api, cloud, account)
    answer = reset(api, token)
    assert answer.status == 200, answer
    assert answer.trips == 3
    refused(api.as_(account).get("/users/me"), 401, "SESSION_ENDED")
    refused(api.post("/auth/refresh", {"refreshToken": account.refresh_token}), 401, "INVALID_REFRESH_TOKEN")
    refused(api.post("/auth/login", {"email": account.email, "password": PASSWORD}), 401, "INVALID_CREDENTIALS")
    signed_in = api.post("/auth/login", {"email": account.email, "password": NEW})
    assert signed_in.status == 200
    assert signed_in["user"]["emailVerified"] is True
    assert cloud.wait_for_mail(account.email, having="Your password was changed")


def test_a_link_works_once(api, cloud, world):
    token = reset_token(api, cloud, world.register("Family"))
    assert reset(api, token).status == 200
    refused(reset(api, token, "another-Badger-78"), 422, "LINK_EXPIRED")


def test_of_two_at_once_one_wins(api, cloud, world):
    token = reset_token(api, cloud, world.register("Family"))

    def attempt(number):
        sent = {"token": token, "password": f"fresh-Badger-{number}-lantern"}
        return httpx.post(f"{api.http.base_url}/auth/reset-password", json=sent, timeout=60).status_code

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(attempt, range(3))) == [200, 422, 422]


def test_links_sent_before_are_useless_afterwards(api, cloud, world):
    account = world.register("Family")
    first, second = reset_token(api, cloud, account), reset_token(api, cloud, account)
    assert reset(api, second).status == 200
    refused(reset(api, first), 422, "LINK_EXPIRED")


def test_a_link_ends(api, cloud, world):
    from shared.auth.tokens import opaque_hash

    token = reset_token(api, cloud, world.register("Family"))
    stored = cloud.firestore.collection("accountTokens").document(opaque_hash(token))
    assert token not in repr(stored.get().to_dict())
    stored.update({"expiresAt": datetime.now(UTC)})
    refused(reset(api, token), 422, "LINK_EXPIRED")


def test_a_confirmation_link_sets_no_password(api, cloud, world):
    account = world.register("Family")
    token = token_in(cloud.wait_for_mail(account.email, having="Confirm")[0])
    refused(reset(api, token), 422, "LINK_EXPIRED")


@pytest.mark.parametrize("token", ["x", "../../x", "a" * 200, "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11.abc", "é" * 36])
def test_an_invented_token_is_refused(api, token):
    refused(reset(api, token), 422, "LINK_EXPIRED")


def test_a_weak_password_leaves_the_link_usable(api, cloud, world):
    token = reset_token(api, cloud, world.register("Family"))
    refused(reset(api, token, "password1"), 422, "WEAK_PASSWORD")
    assert reset(api, token).status == 200
