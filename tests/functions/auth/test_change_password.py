from tests.client import refused
from tests.world import PASSWORD

NEW = "fresh-Badger-77-lantern"


def change(api, account, current=PASSWORD, new=NEW):
    return api.as_(account).post("/auth/change-password", {"currentPassword": current, "newPassword": new})


def test_other_sessions_end_and_a_notice_is_mailed(api, cloud, world):
    account = world.family()
    other = world.sign_in(account.email)
    answer = change(api, account)
    assert answer.status == 200, answer
    assert answer.trips == 3
    assert api.as_(account).get("/users/me").status == 200
    refused(api.as_(other).get("/users/me"), 401, "SESSION_ENDED")
    refused(api.post("/auth/login", {"email": account.email, "password": PASSWORD}), 401, "INVALID_CREDENTIALS")
    assert api.post("/auth/login", {"email": account.email, "password": NEW}).status == 200
    assert cloud.wait_for_mail(account.email, having="Your password was changed")


def test_the_current_password_must_be_right_and_cannot_be_guessed(api, world):
    account = world.family()
    for _ in range(5):
        refused(change(api, account, current="not-the-Password-1"), 401, "INVALID_CREDENTIALS")
    refused(change(api, account), 429, "RATE_LIMITED")


def test_the_new_password_must_be_new_and_strong(api, world):
    account = world.family()
    refused(change(api, account, new=PASSWORD), 422, "PASSWORD_UNCHANGED")
    answer = refused(change(api, account, new=account.email), 422, "WEAK_PASSWORD")
    assert {detail["field"] for detail in answer.error["details"]} == {"newPassword"}


def test_blanks_count(api, world):
    account = world.family()
    assert change(api, account, new=f" {NEW} ").status == 200
    refused(api.post("/auth/login", {"email": account.email, "password": NEW}), 401, "INVALID_CREDENTIALS")
    assert api.post("/auth/login", {"email": account.email, "password": f" {NEW} "}).status == 200


def test_no_answer_is_kept_for_a_key(api, cloud, world):
    account = world.family()
    sent = {"currentPassword": PASSWORD, "newPassword": NEW}
    key = {"Idempotency-Key": "k1"}
    assert api.as_(account).post("/auth/change-password", sent, headers=key).status == 200
    refused(api.as_(account).post("/auth/change-password", sent, headers=key), 401, "INVALID_CREDENTIALS")


def test_it_takes_somebody(api):
    refused(api.post("/auth/change-password", {"currentPassword": "x", "newPassword": "y"}), 401, "TOKEN_MISSING")
