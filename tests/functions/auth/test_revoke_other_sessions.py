from tests.client import refused


def test_every_other_device_is_signed_out(api, world):
    account, bystander = world.family(), world.family()
    others = [world.sign_in(account.email) for _ in range(3)]
    answer = api.as_(account).delete("/auth/sessions")
    assert answer.status == 204, answer
    assert answer.trips == 3
    for other in others:
        refused(api.as_(other).get("/users/me"), 401, "SESSION_ENDED")
        refused(api.post("/auth/refresh", {"refreshToken": other.refresh_token}), 401, "INVALID_REFRESH_TOKEN")
    assert api.as_(account).get("/users/me").status == 200
    assert api.as_(bystander).get("/users/me").status == 200


def test_it_takes_somebody(api):
    refused(api.delete("/auth/sessions"), 401, "TOKEN_MISSING")
