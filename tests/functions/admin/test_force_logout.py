import uuid

from tests.client import refused


def test_every_session_ends_at_once(api, world):
    account = world.family()
    other = world.sign_in(account.email)
    answer = api.as_(world.admin).post(f"/admin/users/{account.id}/logout")
    assert answer.status == 200, answer
    assert answer["message"] == "Ended 2 sessions."
    assert answer.trips == 3
    for session in (account, other):
        refused(api.as_(session).get("/users/me"), 401, "SESSION_ENDED")
        refused(api.post("/auth/refresh", {"refreshToken": session.refresh_token}), 401, "INVALID_REFRESH_TOKEN")
    assert api.as_(world.sign_in(account.email)).get("/users/me").status == 200


def test_it_is_for_administrators(api, world):
    account = world.family()
    refused(api.as_(world.doctor()).post(f"/admin/users/{account.id}/logout"), 403, "ROLE_NOT_ALLOWED")
    refused(api.post(f"/admin/users/{account.id}/logout"), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(f"/admin/users/{uuid.uuid4()}/logout"), 404, "NOT_FOUND")
    assert api.as_(account).get("/users/me").status == 200
