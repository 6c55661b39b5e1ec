from datetime import UTC, datetime

from shared.emails import EmailMessage
from shared.events import NotificationType
from shared.messaging.documents import SmsMessage
from shared.store.document import new_id
from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.admin.test_list_dead_letters import dead, letter
from tests.functions.notifications.notices import again, notified
from tests.functions.tasks.test_deliver_sms import queued as sms
from tests.functions.tasks.test_deliver_sms import send as send_sms

__all__ = ["dead"]


def retry(api, world, letter_id):
    return api.as_(world.admin).post(f"/admin/dead-letters/{letter_id}/retry")


def test_a_push_notification_goes_out_after_all(api, cloud, world, dead) -> None:
    _, device, pushed, _ = dead
    answer = retry(api, world, letter(api, world, "push")["id"])
    assert (answer.status, answer["state"], answer["retriedBy"]) == (200, "retried", world.admin.id)
    assert answer.trips == 3
    eventually(lambda: again(cloud, pushed).channels["push"] == "accepted", "it is sent")
    assert len(cloud.sent("push", device)) == 1
    refused(retry(api, world, answer["id"]), 409, "NOT_RETRYABLE")


def test_a_text_message_too(api, cloud, world, dead) -> None:
    *_, message = dead
    assert retry(api, world, letter(api, world, "sms")["id"]).status == 200
    assert cloud.wait_for_sms(message.number)["text"] == "Ask about the canary"
    eventually(lambda: cloud.unit().get(SmsMessage, message.id).state == "delivered", "it arrives")


def test_an_e_mail_is_written_anew(api, cloud, world) -> None:
    account = world.family()
    with configured(SMTP_PORT="9", MAX_RETRY_ATTEMPTS="1"):
        made = notified(api, cloud, account, kind=NotificationType.LAB_RESULTS)
        eventually(lambda: again(cloud, made).channels["email"] == "failed", "it is given up")
    assert retry(api, world, letter(api, world, "email")["id"]).status == 200
    cloud.wait_for_mail(account.email, having="something new in your record")
    eventually(lambda: again(cloud, made).channels["email"] == "accepted", "it is marked")


def test_a_code_is_not_sent_again(api, cloud, world) -> None:
    made = sms(cloud, purpose="verification", text="Your code is 111111")
    cloud.vendor("/twilio/_answers", {"for": made.number, "answer": "21614"})
    send_sms(api, cloud, made)
    assert letter(api, world, "sms")["retryable"] is False
    refused(retry(api, world, letter(api, world, "sms")["id"]), 409, "NOT_RETRYABLE")


def test_a_letter_that_is_none(api, world) -> None:
    refused(retry(api, world, new_id()), 404, "NOT_FOUND")
    refused(api.as_(world.nurse()).post(f"/admin/dead-letters/{new_id()}/retry"), 403, "ROLE_NOT_ALLOWED")


def test_an_e_mail_of_nobodys_notification_is_not_retried(api, cloud, world) -> None:
    unit = cloud.unit()
    now = datetime.now(UTC)
    message = unit.create(EmailMessage(id=new_id(), to="nobody", template="reset_password", values={}, created_at=now))
    unit.commit()
    cloud.machine(api, "task", "send_email").post("/tasks/send_email", {"id": message.id})
    refused(retry(api, world, letter(api, world, "email")["id"]), 409, "NOT_RETRYABLE")
