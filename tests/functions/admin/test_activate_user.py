import uuid

from tests.client import refused


def test_the_account_opens_again_and_old_sessions_stay_ended(api, world):
    account = world.family()
    admin = api.as_(world.admin)
    admin.post(f"/admin/users/{account.id}/deactivate")
    answer = admin.post(f"/admin/users/{account.id}/activate")
    assert answer.status == 200, answer
    assert answer["isActive"] is True
    assert answer.trips == 2
    refused(api.as_(account).get("/users/me"), 401, "SESSION_ENDED")
    assert api.as_(world.sign_in(account.email)).get("/users/me").status == 200


def test_what_is_open_is_not_opened(api, world):
    refused(api.as_(world.admin).post(f"/admin/users/{world.family().id}/activate"), 409, "ALREADY_DONE")


def test_it_is_for_administrators(api, world):
    account = world.family()
    refused(api.as_(account).post(f"/admin/users/{account.id}/activate"), 403, "ROLE_NOT_ALLOWED")
    refused(api.post(f"/admin/users/{account.id}/activate"), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(f"/admin/users/{uuid.uuid4()}/activate"), 404, "NOT_FOUND")
