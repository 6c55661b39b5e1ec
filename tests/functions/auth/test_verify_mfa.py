import re

import pytest

from tests.client import refused
from tests.functions.auth.factors import code_of


@pytest.mark.parametrize("path", ["/auth/verify-mfa", "/auth/mfa/verify"])
def test_a_code_turns_it_on(api, cloud, world, path):
    account = world.family()
    secret = api.as_(account).post("/auth/enable-mfa")["secret"]
    answer = api.as_(account).post(path, {"code": code_of(secret)})
    assert answer.status == 200, answer
    assert answer["success"] is True
    assert len(answer["backupCodes"]) == 10
    assert all(re.fullmatch(r"[0-9a-z]{5}-[0-9a-z]{5}", code) for code in answer["backupCodes"])
    assert answer.trips == 2
    assert api.as_(account).get("/users/me")["mfaEnabled"] is True
    stored = cloud.firestore.collection("credentials").document(account.id).get().to_dict()
    assert not any(code in repr(stored) for code in [secret, *answer["backupCodes"]])
    assert cloud.wait_for_mail(account.email, having="Two-step sign-in is on")


def test_wrong_codes_end_the_attempt(api, world):
    account = world.family()
    secret = api.as_(account).post("/auth/enable-mfa")["secret"]
    for _ in range(5):
        answer = refused(api.as_(account).post("/auth/verify-mfa", {"code": "12345"}), 401, "INVALID_MFA_CODE")
        assert answer.error["message"] == "Invalid MFA code"
    refused(api.as_(account).post("/auth/verify-mfa", {"code": code_of(secret)}), 429, "TOO_MANY_FAILURES")
    assert api.as_(account).get("/users/me")["mfaEnabled"] is False


def test_there_is_nothing_to_confirm(api, world):
    account = world.family()
    refused(api.as_(account).post("/auth/verify-mfa", {"code": "123456"}), 409, "MFA_NOT_PENDING")


def test_it_takes_somebody_and_a_code(api, world):
    refused(api.post("/auth/verify-mfa", {"code": "123456"}), 401, "TOKEN_MISSING")
    refused(api.as_(world.family()).post("/auth/verify-mfa", {}), 400, "VALIDATION_ERROR")
