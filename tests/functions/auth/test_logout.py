from tests.client import refused


def test_the_session_ends_at_once(api, world):
    account = world.family()
    other = world.sign_in(account.email)
    answer = api.as_(account).post("/auth/logout")
    assert answer.status == 200, answer
    assert answer["success"] is True
    assert answer.trips == 2
    refused(api.as_(account).get("/users/me"), 401, "SESSION_ENDED")
    refused(api.as_(account).post("/auth/logout"), 401, "SESSION_ENDED")
    assert api.as_(other).get("/users/me").status == 200


def test_the_cookies_go(api, world):
    removed = api.as_(world.family()).post("/auth/logout").headers.get_list("set-cookie")
    assert {cookie.partition("=")[0] for cookie in removed} == {"refreshToken", "csrfToken"}
    assert all("Max-Age=0" in cookie for cookie in removed)


def test_it_takes_somebody(api):
    refused(api.post("/auth/logout"), 401, "TOKEN_MISSING")
