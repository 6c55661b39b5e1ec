import re

from shared.messaging.documents import PhoneVerification
from tests.client import refused
from tests.configured import configured
from tests.functions.notifications.notices import phone

PATH = "/users/me/phone/verify"


def code_for(cloud, number) -> str:
    """The code in the newest SMS to a number."""
    return re.search(r"\d{6}", cloud.wait_for_sms(number, having="code")["text"])[0]


def test_a_code_comes_by_sms_and_is_kept_as_a_hash(api, cloud, world) -> None:
    account, number = world.family(), phone()
    answer = api.as_(account).post(PATH, {"phoneNumber": number})
    assert (answer.status, answer.trips) == (202, 3)
    code = code_for(cloud, number)
    raw = repr(cloud.firestore.collection("phoneVerifications").document(account.id).get().to_dict())
    assert code not in raw
    assert number not in raw
    assert cloud.unit().get(PhoneVerification, account.id).number == number


def test_the_accounts_own_number_if_none_is_given(api, cloud, world) -> None:
    number = phone()
    account = world.family(phoneNumber=number)
    assert api.as_(account).post(PATH).status == 202
    assert code_for(cloud, number)
    refused(api.as_(world.family()).post(PATH), 400, "VALIDATION_ERROR")
    refused(api.as_(world.family(phoneNumber="5550100")).post(PATH), 400, "VALIDATION_ERROR")


def test_in_the_language_of_the_request(api, cloud, world) -> None:
    number = phone()
    api.as_(world.family()).post(PATH, {"phoneNumber": number}, headers={"Accept-Language": "es"})
    assert cloud.wait_for_sms(number)["text"].startswith("Su código de ConsentMD es ")


def test_five_an_hour(api, world) -> None:
    account = api.as_(world.family())
    for _ in range(5):
        assert account.post(PATH, {"phoneNumber": phone()}).status == 202
    answer = refused(account.post(PATH, {"phoneNumber": phone()}), 429, "RATE_LIMITED")
    assert int(answer.headers["Retry-After"]) > 3000
    # And five to one number, whoever asks.
    number = phone()
    for _ in range(5):
        assert api.as_(world.family()).post(PATH, {"phoneNumber": number}).status == 202
    refused(api.as_(world.family()).post(PATH, {"phoneNumber": number}), 429, "RATE_LIMITED")


def test_who_said_stop_gets_none(api, cloud, world) -> None:
    number = phone()
    cloud.vendor("/twilio/_inbound", {"from": number, "body": "STOP"})
    refused(api.as_(world.family()).post(PATH, {"phoneNumber": number}), 422, "RECIPIENT_OPTED_OUT")


def test_without_a_vendor_there_is_none(api, world) -> None:
    with configured(TWILIO_ACCOUNT_SID=""):
        refused(api.as_(world.family()).post(PATH, {"phoneNumber": phone()}), 404, "SMS_NOT_CONFIGURED")
