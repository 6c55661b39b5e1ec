from tests.client import refused


def test_devices_are_listed_newest_first(api, world):
    account = world.family()
    phone = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) Chrome/130.0 Mobile"}
    signed_in = api.post("/auth/login", {"email": account.email, "password": account.password}, headers=phone)
    gone = world.sign_in(account.email)
    api.as_(gone).post("/auth/logout")
    answer = api.as_(account).get("/auth/sessions")
    assert answer.status == 200, answer
    assert answer.trips == 2
    assert [row["current"] for row in answer["data"]] == [False, True]
    newest = answer["data"][0]
    assert newest["id"] == signed_in["refreshToken"].partition(".")[0]
    assert (newest["device"], newest["ipAddress"], newest["mfa"]) == ("Chrome on Android", "127.0.0.1", False)
    assert answer["pagination"]["total"] == 2
    assert "refreshHash" not in answer.response.text
    assert len(api.as_(account).get("/auth/sessions", params={"limit": 1, "page": 2})["data"]) == 1


def test_only_ones_own_are_listed(api, world):
    world.family()
    assert len(api.as_(world.family()).get("/auth/sessions")["data"]) == 1


def test_it_takes_somebody(api):
    refused(api.get("/auth/sessions"), 401, "TOKEN_MISSING")
