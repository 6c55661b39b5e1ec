from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from shared.config import settings
from tests.client import refused


def refresh(api, token, **options):
    return api.post("/auth/refresh", {"refreshToken": token}, **options)


def test_new_tokens_for_old(api, world):
    account = world.family()
    answer = refresh(api, account.refresh_token)
    assert answer.status == 200, answer
    assert answer.json.keys() == {"success", "token", "accessToken", "refreshToken", "expiresIn"}
    assert answer["token"] == answer["accessToken"]
    assert answer["refreshToken"] != account.refresh_token
    assert answer.trips == 2
    assert api.get("/users/me", token=answer["token"]).status == 200
    assert refresh(api, answer["refreshToken"]).status == 200


def test_the_access_token_of_the_session_goes_on(api, world):
    account = world.family()
    assert refresh(api, account.refresh_token).status == 200
    assert api.as_(account).get("/users/me").status == 200


def test_reuse_ends_the_session_and_is_audited(api, world):
    account = world.family()
    stolen = account.refresh_token
    fresh = refresh(api, stolen)
    refused(refresh(api, stolen), 401, "INVALID_REFRESH_TOKEN")
    refused(refresh(api, fresh["refreshToken"]), 401, "INVALID_REFRESH_TOKEN")
    refused(api.get("/users/me", token=fresh["token"]), 401, "SESSION_ENDED")
    session_id = stolen.partition(".")[0]
    found = api.as_(world.admin).get("/audit-logs", params={"entityId": session_id, "action": "REFRESH"})
    assert [e["details"] for e in found["data"]] == [{"cause": "REVOKED"}, {"cause": "REUSED"}]


def test_reuse_of_a_much_older_token_is_seen(api, world):
    account = world.family()
    first = token = account.refresh_token
    for _ in range(60):
        token = refresh(api, token)["refreshToken"]
    refused(refresh(api, first), 401, "INVALID_REFRESH_TOKEN")
    refused(refresh(api, token), 401, "INVALID_REFRESH_TOKEN")


def test_of_two_at_once_exactly_one_wins(api, world):
    def race(token):
        answer = httpx.post(f"{api.http.base_url}/auth/refresh", json={"refreshToken": token}, timeout=60)
        return answer.status_code

    for _ in range(5):
        token = world.family().refresh_token
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(race, [token] * 4)) == [200, 401, 401, 401]


def test_who_lost_a_race_does_not_end_the_winners_session(api, cloud, world):
    """A request that read the session before another's commit and runs again after it."""
    from shared import clients
    from shared.auth import sessions
    from shared.config import settings
    from shared.context import Context, Trail
    from shared.errors import InvalidRefreshToken
    from shared.store.unit import Unit

    account = world.family()
    won = refresh(api, account.refresh_token)
    unit = Unit(connect=clients.firestore, unlock=clients.sealer, timeout=20)
    ctx = Context(unit=unit, settings=settings(), trail=Trail(action="REFRESH"), request_id="x", attempt=2)
    with pytest.raises(InvalidRefreshToken):
        sessions.refresh(ctx, account.refresh_token)
    assert ctx.trail.details == {"cause": "RACED"}
    assert not unit.dirty
    assert api.get("/users/me", token=won["token"]).status == 200


def test_an_invented_token_does_not_end_the_session(api, world):
    account = world.family()
    parts = account.refresh_token.split(".")
    for invented in (
        ".".join([*parts[:2], "A" * 43, parts[3]]),
        ".".join([*parts[:3], "A" * 22]),
        account.refresh_token[:-1],
        ".".join(parts[:2]),
        "x",
        "../../users/x",
        account.token,
    ):
        refused(refresh(api, invented), 401, "INVALID_REFRESH_TOKEN")
    assert refresh(api, account.refresh_token).status == 200


def test_a_token_of_another_account_does_not_fit(api, world):
    mine, theirs = world.family().refresh_token.split("."), world.family().refresh_token.split(".")
    mixed = ".".join([mine[0], theirs[1], mine[2], mine[3]])
    refused(refresh(api, mixed), 401, "INVALID_REFRESH_TOKEN")


def test_a_session_that_was_idle_is_over(api, cloud, world):
    from datetime import UTC, datetime

    account = world.family()
    session = cloud.firestore.collection("sessions").document(account.refresh_token.partition(".")[0])
    session.update({"idleAt": datetime.now(UTC)})
    refused(api.as_(account).get("/users/me"), 401, "SESSION_ENDED")
    refused(refresh(api, account.refresh_token), 401, "INVALID_REFRESH_TOKEN")


def test_a_session_is_idle_after_its_time_and_over_after_a_week(api, cloud, world):
    account = world.family()
    stored = cloud.firestore.collection("sessions").document(account.refresh_token.partition(".")[0]).get().to_dict()
    assert (stored["idleAt"] - stored["createdAt"]).total_seconds() == settings().session_idle_minutes * 60
    assert (stored["expiresAt"] - stored["createdAt"]).days == 7
    assert account.refresh_token not in repr(stored)


def test_nothing_at_all_is_refused(api):
    refused(api.post("/auth/refresh"), 401, "INVALID_REFRESH_TOKEN")
    refused(api.post("/auth/refresh", {}), 401, "INVALID_REFRESH_TOKEN")
    refused(api.post("/auth/refresh", {"refreshToken": 7}), 400, "VALIDATION_ERROR")


def cookies(**values):
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in values.items())}


def test_the_cookie_needs_the_csrf_token(api, world):
    token = world.family().refresh_token
    csrf = api.get("/auth/csrf")["csrfToken"]
    both = cookies(refreshToken=token, csrfToken=csrf)
    for sent in (
        both,
        both | {"X-CSRF-Token": "other"},
        both | {"X-CSRF-Token": ""},
        cookies(refreshToken=token) | {"X-CSRF-Token": csrf},
        cookies(refreshToken=token, csrfToken="") | {"X-CSRF-Token": ""},
    ):
        refused(api.post("/auth/refresh", headers=sent), 403, "CSRF_TOKEN_INVALID")
    answer = api.post("/auth/refresh", headers=both | {"X-CSRF-Token": csrf})
    assert answer.status == 200, answer
    assert "refreshToken=" in " ".join(answer.headers.get_list("set-cookie"))


def test_the_cookie_is_no_bearer_token(api, world):
    token = world.family().refresh_token
    refused(api.get("/users/me", headers=cookies(refreshToken=token, csrfToken="x")), 401, "TOKEN_MISSING")


@pytest.mark.parametrize("how", ["logout", "deactivate"])
def test_an_ended_session_is_not_refreshed(api, world, how):
    account = world.family()
    if how == "logout":
        assert api.as_(account).post("/auth/logout").status == 200
    else:
        assert api.as_(world.admin).post(f"/admin/users/{account.id}/deactivate").status == 200
    refused(refresh(api, account.refresh_token), 401, "INVALID_REFRESH_TOKEN")
