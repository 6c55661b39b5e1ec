from datetime import UTC, datetime, timedelta

from shared.messaging.documents import PhoneVerification
from shared.users.documents import User
from tests.client import refused
from tests.functions.notifications.notices import phone
from tests.functions.users.test_verify_phone import code_for

PATH = "/users/me/phone/confirm"


def asked(api, cloud, account) -> tuple[str, str]:
    """A number and the code that was sent to it."""
    number = phone()
    api.as_(account).post("/users/me/phone/verify", {"phoneNumber": number})
    return number, code_for(cloud, number)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_number_is_the_accounts_and_its_records(api, cloud, world) -> None:
    account = world.patient()
    number, code = asked(api, cloud, account)
    answer = api.as_(account).post(PATH, {"code": code})
    assert (answer.status, answer["phoneNumber"], answer.trips) == (200, number, 3)
    me = api.as_(account).get("/users/me")
    assert (me["phoneNumber"], me["phoneVerified"]) == (number, True)
    assert api.as_(account).get(f"/patients/{account.patient_id}")["phoneNumber"] == number
    # It works once.
    refused(api.as_(account).post(PATH, {"code": code}), 422, "CODE_NOT_VALID")
    # Another number is another matter.
    api.as_(account).put("/users/me", {"phoneNumber": phone()})
    assert api.as_(account).get("/users/me")["phoneVerified"] is False


def test_five_wrong_codes_end_it(api, cloud, world) -> None:
    account = world.family()
    _, code = asked(api, cloud, account)
    for _ in range(5):
        refused(api.as_(account).post(PATH, {"code": wrong(code)}), 422, "CODE_NOT_VALID")
    refused(api.as_(account).post(PATH, {"code": code}), 422, "CODE_NOT_VALID")
    assert cloud.unit().get(User, account.id).phone_verified is False


def test_a_code_is_good_for_ten_minutes_and_one_account(api, cloud, world) -> None:
    account, other = world.family(), world.family()
    _, code = asked(api, cloud, account)
    refused(api.as_(other).post(PATH, {"code": code}), 422, "CODE_NOT_VALID")
    unit = cloud.unit()
    stored = unit.get(PhoneVerification, account.id)
    unit.update(stored, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    unit.commit()
    refused(api.as_(account).post(PATH, {"code": code}), 422, "CODE_NOT_VALID")


def test_asking_again_ends_the_code_before(api, cloud, world) -> None:
    account = world.family()
    _, first = asked(api, cloud, account)
    number, second = asked(api, cloud, account)
    if first != second:
        refused(api.as_(account).post(PATH, {"code": first}), 422, "CODE_NOT_VALID")
    assert api.as_(account).post(PATH, {"code": second})["phoneNumber"] == number
