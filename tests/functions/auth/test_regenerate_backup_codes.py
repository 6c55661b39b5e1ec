from tests.client import refused
from tests.functions.auth.factors import enrolled
from tests.world import PASSWORD


def test_new_codes_replace_the_old(api, world):
    account, _, old = enrolled(api, world)
    answer = api.as_(account).post("/auth/mfa/backup-codes")
    assert answer.status == 200, answer
    new = answer["backupCodes"]
    assert len(set(new) - set(old)) == 10
    credentials = {"email": account.email, "password": PASSWORD}
    refused(api.post("/auth/login", credentials | {"mfaCode": old[0]}), 401, "INVALID_MFA_CODE")
    assert api.post("/auth/login", credentials | {"mfaCode": new[0]}).status == 200


def test_without_multi_factor_sign_in_there_are_none(api, world):
    refused(api.as_(world.family()).post("/auth/mfa/backup-codes"), 409, "MFA_NOT_PENDING")


def test_it_takes_somebody(api):
    refused(api.post("/auth/mfa/backup-codes"), 401, "TOKEN_MISSING")
