import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.client import refused
from tests.functions.admin.administrators import only_administrator
from tests.world import PASSWORD


def test_the_account_is_closed_at_once(api, cloud, world):
    account = world.family()
    answer = api.as_(world.admin).post(f"/admin/users/{account.id}/deactivate")
    assert answer.status == 200, answer
    assert answer["isActive"] is False
    assert answer.trips == 3
    refused(api.as_(account).get("/users/me"), 401, "SESSION_ENDED")
    refused(api.post("/auth/login", {"email": account.email, "password": PASSWORD}), 401, "INVALID_CREDENTIALS")
    assert cloud.wait_for_mail(account.email, having="deactivated")
    refused(api.as_(world.admin).post(f"/admin/users/{account.id}/deactivate"), 409, "ALREADY_DONE")


def test_the_last_administrator_stays(api, cloud, world):
    last = world.new_admin()
    with only_administrator(cloud, last):
        refused(api.as_(last).post(f"/admin/users/{last.id}/deactivate"), 409, "LAST_ADMIN")
        assert api.as_(last).get("/users/me").status == 200


def test_two_administrators_cannot_close_each_other(api, cloud, world):
    for _ in range(3):
        first, second = world.new_admin(), world.new_admin()

        def close(pair):
            by, whom = pair
            return httpx.post(
                f"{api.http.base_url}/admin/users/{whom.id}/deactivate",
                headers={"Authorization": f"Bearer {by.token}"},
                timeout=60,
            ).status_code

        with only_administrator(cloud, first, second), ThreadPoolExecutor(2) as pool:
            statuses = sorted(pool.map(close, [(first, second), (second, first)]))
        assert statuses[0] == 200
        # The other came second: as the last one, or signed out already.
        assert statuses[1] in {401, 409}


def test_it_is_for_administrators(api, world):
    account = world.family()
    refused(api.as_(world.nurse()).post(f"/admin/users/{account.id}/deactivate"), 403, "ROLE_NOT_ALLOWED")
    refused(api.post(f"/admin/users/{account.id}/deactivate"), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(f"/admin/users/{uuid.uuid4()}/deactivate"), 404, "NOT_FOUND")
