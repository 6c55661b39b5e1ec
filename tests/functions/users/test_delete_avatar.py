from tests.client import refused
from tests.functions.users.pictures import PNG


def test_the_picture_goes(api, world):
    account = api.as_(world.family())
    account.call("POST", "/users/me/avatar", files={"file": ("me.png", PNG)})
    answer = account.delete("/users/me/avatar")
    assert answer.status == 204, answer
    # The workers that look at the picture may come between, which is another attempt.
    assert answer.trips == 3 * answer.attempts
    assert account.get("/users/me")["avatar"] is None
    assert account.delete("/users/me/avatar").status == 204


def test_it_takes_somebody(api):
    refused(api.delete("/users/me/avatar"), 401, "TOKEN_MISSING")
