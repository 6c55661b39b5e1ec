import pytest

from shared.messaging.documents import SmsMessage
from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.notifications.notices import phone

PATH = "/messaging/send-sms"


def test_it_is_queued_and_goes_out(api, cloud, world) -> None:
    doctor, number = world.doctor(), phone()
    answer = api.as_(doctor).post(PATH, {"recipientPhone": number, "message": "Your appointment is tomorrow at 2 PM"})
    assert (answer.status, answer["status"], answer.trips) == (201, "queued", 3)
    assert cloud.wait_for_sms(number)["text"] == "Your appointment is tomorrow at 2 PM"
    stored = lambda: cloud.unit().get(SmsMessage, answer["messageId"])  # noqa: E731
    eventually(lambda: stored().state == "delivered", "the callback tells")
    assert stored().sender_id == doctor.id


def test_an_answer_that_was_lost_is_asked_for_again(api, cloud, world) -> None:
    number = phone()
    nurse, body = api.as_(world.nurse()), {"recipientPhone": number, "message": "Once"}
    first = nurse.post(PATH, body, headers={"Idempotency-Key": "the-same"})
    again = nurse.post(PATH, body, headers={"Idempotency-Key": "the-same"})
    assert again["messageId"] == first["messageId"]
    cloud.wait_for_sms(number)
    assert len(cloud.sent("sms", number)) == 1


def test_only_staff_send(api, world) -> None:
    for account in (world.patient(), world.family()):
        answer = api.as_(account).post(PATH, {"recipientPhone": phone(), "message": "x"})
        refused(answer, 403, "ROLE_NOT_ALLOWED")


@pytest.mark.parametrize("body", [
    {"recipientPhone": "5550100", "message": "x"}, {"recipientPhone": "+15550100", "message": ""},
    {"recipientPhone": "+15550100", "message": "x" * 1601}, {"recipientPhone": "+00123456", "message": "x"},
])  # fmt: skip
def test_what_cannot_be_sent_is_refused(api, world, body) -> None:
    refused(api.as_(world.admin).post(PATH, body), 400, "VALIDATION_ERROR")


def test_who_said_stop_is_left_alone(api, cloud, world) -> None:
    number = phone()
    cloud.vendor("/twilio/_inbound", {"from": number, "body": "Stop"})
    answer = api.as_(world.admin).post(PATH, {"recipientPhone": number, "message": "x"})
    refused(answer, 422, "RECIPIENT_OPTED_OUT")


def test_without_a_vendor_there_is_no_sms(api, world) -> None:
    with configured(TWILIO_ACCOUNT_SID=""):
        answer = api.as_(world.admin).post(PATH, {"recipientPhone": phone(), "message": "x"})
        refused(answer, 404, "SMS_NOT_CONFIGURED")
