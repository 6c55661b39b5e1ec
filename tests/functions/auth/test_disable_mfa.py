from tests.client import refused
from tests.functions.auth.factors import code_of, enrolled
from tests.world import PASSWORD


def disable(api, account, code, password=PASSWORD):
    return api.as_(account).post("/auth/disable-mfa", {"password": password, "code": code})


def test_password_and_code_turn_it_off(api, cloud, world):
    account, secret, codes = enrolled(api, world)
    answer = disable(api, account, code_of(secret, ahead=1))
    assert answer.status == 200, answer
    assert answer.trips == 2
    assert api.as_(account).get("/users/me")["mfaEnabled"] is False
    assert api.post("/auth/login", {"email": account.email, "password": PASSWORD}).status == 200
    stored = cloud.firestore.collection("credentials").document(account.id).get().to_dict()
    assert (stored["mfaSecret"], stored["backupCodeHashes"]) == (None, [])
    assert cloud.wait_for_mail(account.email, having="Two-step sign-in is off")
    refused(disable(api, account, codes[0]), 409, "ALREADY_DONE")


def test_a_backup_code_will_do(api, world):
    account, _, codes = enrolled(api, world)
    assert disable(api, account, codes[3]).status == 200


def test_both_must_be_right(api, world):
    account, secret, _ = enrolled(api, world)
    refused(disable(api, account, code_of(secret, ahead=1), "not-the-Password-1"), 401, "INVALID_CREDENTIALS")
    refused(disable(api, account, "000000x"), 401, "INVALID_MFA_CODE")
    assert api.as_(account).get("/users/me")["mfaEnabled"] is True
    for _ in range(3):
        refused(disable(api, account, "x", "not-the-Password-1"), 401, "INVALID_CREDENTIALS")
    refused(disable(api, account, code_of(secret, ahead=1)), 429, "TOO_MANY_FAILURES")


def test_it_takes_somebody(api):
    refused(api.post("/auth/disable-mfa", {"password": "x", "code": "y"}), 401, "TOKEN_MISSING")
