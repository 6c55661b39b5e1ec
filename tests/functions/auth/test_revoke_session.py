import uuid

from tests.client import refused


def session_of(account):
    return account.refresh_token.partition(".")[0]


def test_a_device_is_signed_out(api, world):
    account = world.family()
    other = world.sign_in(account.email)
    answer = api.as_(account).delete(f"/auth/sessions/{session_of(other)}")
    assert answer.status == 204, answer
    assert answer.trips == 2
    refused(api.as_(other).get("/users/me"), 401, "SESSION_ENDED")
    assert api.as_(account).get("/users/me").status == 200
    assert api.as_(account).delete(f"/auth/sessions/{session_of(other)}").status == 204


def test_somebody_elses_looks_like_none(api, world):
    mine, theirs = world.family(), world.family()
    one = refused(api.as_(mine).delete(f"/auth/sessions/{session_of(theirs)}"), 404, "NOT_FOUND")
    none = refused(api.as_(mine).delete(f"/auth/sessions/{uuid.uuid4()}"), 404, "NOT_FOUND")
    assert one.error["message"] == none.error["message"]
    assert one.trips == none.trips
    assert api.as_(theirs).get("/users/me").status == 200


def test_it_takes_somebody_and_an_id(api, world):
    refused(api.delete(f"/auth/sessions/{uuid.uuid4()}"), 401, "TOKEN_MISSING")
    refused(api.as_(world.family()).delete("/auth/sessions/x"), 400, "VALIDATION_ERROR")
