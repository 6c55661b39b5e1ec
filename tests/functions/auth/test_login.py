from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from shared.config import settings
from tests.client import refused
from tests.functions.auth.factors import code_of, enrolled
from tests.world import PASSWORD, unique


def sign_in(api, account, path="/auth/login", **fields):
    return api.post(path, {"email": account.email, "password": PASSWORD} | fields)


def test_the_answer_is_the_union_of_the_sources(api, world):
    patient = world.patient(insurance="Acme")
    answer = sign_in(api, patient)
    assert answer.status == 200, answer
    assert answer.json.keys() == {"success", "token", "accessToken", "refreshToken", "expiresIn", "user", "data"}
    assert answer["user"]["insurance"] == "Acme"
    assert answer["user"]["patientId"] == patient.patient_id
    assert answer["user"]["lastLogin"]
    assert api.get("/users/me", token=answer["token"]).status == 200


def test_it_takes_three_round_trips(api, world):
    assert sign_in(api, world.patient()).trips == 3


def test_the_tokens_come_as_cookies_too(api, world):
    answer = sign_in(api, world.family())
    cookies = {c.partition("=")[0]: c for c in answer.headers.get_list("set-cookie")}
    refresh = cookies["refreshToken"]
    assert answer["refreshToken"] in refresh
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= {part.strip() for part in refresh.split(";")}
    assert "HttpOnly" not in cookies["csrfToken"]


def test_the_address_may_be_spelt_otherwise(api, world):
    account = world.family()
    assert api.post("/auth/login", {"email": account.email.upper(), "password": PASSWORD}).status == 200


def test_the_access_token_says_what_the_sources_ask(api, world):
    import jwt

    doctor = world.register("Doctor")
    claims = jwt.decode(doctor.token, options={"verify_signature": False})
    assert claims["sub"] == claims["userId"] == doctor.id
    assert (claims["email"], claims["role"], claims["roles"]) == (doctor.email, "Doctor", ["Doctor"])
    assert (claims["aud"], claims["iss"]) == ("consentmd", "consentmd")
    assert claims["exp"] - claims["iat"] == settings().access_token_minutes * 60
    assert claims["sid"]
    assert claims["jti"]
    assert jwt.get_unverified_header(doctor.token)["alg"] == "ES256"


def test_nothing_tells_whether_an_account_exists(api, world):
    account = world.family()
    wrong = sign_in(api, account, password="not-the-Password-1")
    unknown = api.post("/auth/login", {"email": f"{unique()}@example.org", "password": PASSWORD})
    for answer in (wrong, unknown):
        refused(answer, 401, "INVALID_CREDENTIALS")
        assert answer.error["message"] == "Invalid credentials"
    assert wrong.trips == unknown.trips
    same = {"code", "reason", "message", "details", "path", "number"}
    assert {k: v for k, v in wrong.error.items() if k in same} == {k: v for k, v in unknown.error.items() if k in same}


def test_an_inactive_account_cannot_sign_in(api, world):
    account = world.family()
    assert api.as_(world.admin).post(f"/admin/users/{account.id}/deactivate").status == 200
    refused(sign_in(api, account), 401, "INVALID_CREDENTIALS")


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("/user/login", "Patient", 200),
        ("/user/login", "Family", 200),
        ("/user/login", "Doctor", 403),
        ("/doctor/login", "Doctor", 200),
        ("/doctor/login", "Nurse", 200),
        ("/doctor/login", "Patient", 403),
    ],
)
def test_routes_of_a_role_take_that_role(api, world, path, role, status):
    answer = sign_in(api, world.register(role), path)
    assert answer.status == status, answer
    if status == 403:
        refused(answer, 403, "ROLE_NOT_ALLOWED")


def test_five_failures_end_it_for_a_while(api, world):
    account = world.family()
    for _ in range(5):
        refused(sign_in(api, account, password="not-the-Password-1"), 401, "INVALID_CREDENTIALS")
    blocked = refused(sign_in(api, account), 429, "TOO_MANY_FAILURES")
    assert 800 <= int(blocked.headers["Retry-After"]) <= 900
    assert blocked.headers["RateLimit-Limit"] == "5"


def test_an_unknown_account_is_blocked_alike(api):
    email = f"{unique()}@example.org"
    for _ in range(5):
        refused(api.post("/auth/login", {"email": email, "password": PASSWORD}), 401, "INVALID_CREDENTIALS")
    refused(api.post("/auth/login", {"email": email.upper(), "password": PASSWORD}), 429, "TOO_MANY_FAILURES")


def test_guesses_made_at_once_are_counted_one_by_one(api, world):
    account = world.family()

    def guess(_):
        sent = {"email": account.email, "password": "not-the-Password-1"}
        return httpx.post(f"{api.http.base_url}/auth/login", json=sent, timeout=60).status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(guess, range(12)))
    assert statuses.count(401) == 5, statuses
    refused(sign_in(api, account), 429, "TOO_MANY_FAILURES")


def test_a_success_starts_the_count_anew(api, world):
    account = world.family()
    for _ in range(2):
        for _ in range(4):
            refused(sign_in(api, account, password="not-the-Password-1"), 401, "INVALID_CREDENTIALS")
        assert sign_in(api, account).status == 200


def test_a_code_is_asked_for_and_works_once(api, world):
    account, secret, _ = enrolled(api, world)
    refused(sign_in(api, account), 401, "MFA_REQUIRED")
    refused(sign_in(api, account, mfaCode="000000"), 401, "INVALID_MFA_CODE")
    code = code_of(secret, ahead=1)
    assert sign_in(api, account, mfaCode=code).status == 200
    refused(sign_in(api, account, mfaCode=code), 401, "INVALID_MFA_CODE")


def test_a_code_used_twice_at_once_lets_one_in(api, world):
    account, secret, _ = enrolled(api, world)
    sent = {"email": account.email, "password": PASSWORD, "mfaCode": code_of(secret, ahead=1)}

    def attempt(_):
        return httpx.post(f"{api.http.base_url}/auth/login", json=sent, timeout=60).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4)))[:2] == [200, 401]


def test_a_backup_code_works_once_however_it_is_typed(api, world):
    account, _, codes = enrolled(api, world)
    assert len(set(codes)) == 10
    assert sign_in(api, account, mfaCode=codes[0].upper().replace("-", " ")).status == 200
    refused(sign_in(api, account, mfaCode=codes[0]), 401, "INVALID_MFA_CODE")
    assert sign_in(api, account, mfaCode=codes[1]).status == 200


def test_five_wrong_codes_end_the_attempt(api, world):
    account, secret, _ = enrolled(api, world)
    for _ in range(5):
        refused(sign_in(api, account, mfaCode="abcdef"), 401, "INVALID_MFA_CODE")
    refused(sign_in(api, account, mfaCode=code_of(secret, ahead=1)), 429, "TOO_MANY_FAILURES")


def test_a_new_device_is_announced_once(api, cloud, world):
    account = world.family()
    phone = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4) Safari/604.1 <b>click here</b>"}
    credentials = {"email": account.email, "password": PASSWORD}
    for _ in range(2):
        assert api.post("/auth/login", credentials, headers=phone).status == 200
    newer = {"User-Agent": phone["User-Agent"].replace("17_4", "18_1").replace("604.1", "605.2")}
    assert api.post("/auth/login", credentials, headers=newer).status == 200
    mail = cloud.wait_for_mail(account.email, having="New sign-in")
    assert len(mail) == 1
    assert "Safari on iPhone" in mail[0]["text"]
    assert "click here" not in mail[0]["text"] + mail[0]["html"]


def test_signing_in_is_audited_by_reason(api, world):
    account = world.family()
    refused(sign_in(api, account, password="not-the-Password-1"), 401, "INVALID_CREDENTIALS")
    assert sign_in(api, account).status == 200
    found = api.as_(world.admin).get("/audit-logs", params={"entityId": account.id, "action": "LOGIN"})
    assert [(e["status"], e["reason"], e["userId"]) for e in found["data"]] == [
        ("success", None, account.id),
        ("refused", "INVALID_CREDENTIALS", None),
    ]
    assert found["data"][1]["details"] == {"cause": "WRONG_PASSWORD"}
    assert account.email not in found.response.text


@pytest.mark.parametrize("sent", [{}, {"email": "x"}, {"email": "a@example.org", "password": "x", "role": "Admin"}])
def test_bad_fields_are_refused(api, sent):
    refused(api.post("/auth/login", sent), 400, "VALIDATION_ERROR")


def test_a_password_of_100_kb_is_refused_before_any_read(api, world):
    sent = {"email": world.admin.email, "password": "x" * 100_000}
    assert refused(api.post("/auth/login", sent), 400, "VALIDATION_ERROR").reads == 0
