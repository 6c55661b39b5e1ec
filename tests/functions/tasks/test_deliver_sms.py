from datetime import UTC, datetime, timedelta

import pytest

from shared.chats.documents import MESSAGES, Chat
from shared.messaging.documents import OptOut, SmsMessage
from shared.messaging.sms import LEASE
from shared.notifications.outcomes import DEAD_LETTERS
from shared.store.document import new_id
from tests.client import refused
from tests.conftest import eventually
from tests.functions.notifications.notices import phone

PATH = "/tasks/deliver_sms"


def queued(cloud, **fields) -> SmsMessage:
    unit = cloud.unit()
    values = {
        "id": new_id(), "direction": "outbound", "number": phone(), "text": "See you at nine", "state": "queued",
        "created_at": datetime.now(UTC),
    }  # fmt: skip
    made = unit.create(SmsMessage.model_validate(values | fields))
    unit.commit()
    return made


def send(api, cloud, made):
    return cloud.machine(api, "task", "deliver_sms").post(PATH, {"id": made.id})


def stored(cloud, made) -> SmsMessage:
    return cloud.unit().get(SmsMessage, made.id)


def test_it_is_sent_once_and_followed_to_its_end(api, cloud):
    made = queued(cloud)
    assert send(api, cloud, made).status == 204
    repeated = send(api, cloud, made)
    assert (repeated.status, repeated.writes) == (204, 0)
    (sent,) = cloud.sent("sms", made.number)
    assert (sent["text"], sent["from"]) == ("See you at nine", cloud.environ["TWILIO_PHONE_NUMBER"])
    after = eventually(lambda: (now := stored(cloud, made)).state == "delivered" and now, "it is delivered")
    assert (after.sid, after.text) == (sent["messageId"], "See you at nine")
    assert after.delivered_at >= after.sent_at


def test_number_and_text_are_sealed(cloud):
    made = queued(cloud)
    raw = cloud.firestore.collection("smsMessages").document(made.id).get().to_dict()
    assert isinstance(raw["number"], bytes)
    assert isinstance(raw["text"], bytes)


def test_of_a_code_nothing_is_kept(api, cloud):
    made = queued(cloud, purpose="verification", text="Your code is 123456")
    send(api, cloud, made)
    assert stored(cloud, made).text is None
    assert cloud.sent("sms", made.number)[0]["text"] == "Your code is 123456"


def test_an_answer_that_is_lost_does_not_send_it_twice(api, cloud):
    """The vendor takes the message, and the connection breaks before it says so."""
    made = queued(cloud)
    cloud.vendor("/twilio/_answers", {"for": made.number, "answer": "lost", "times": 1})
    send(api, cloud, made)
    # The callback names our id; if that does not come either, the next try finds the message in the vendor's list.
    eventually(lambda: stored(cloud, made).state == "delivered", "the callback tells")
    send(api, cloud, made)
    assert len(cloud.sent("sms", made.number)) == 1


def test_a_worker_that_died_behind_the_call_is_taken_over_without_a_second_message(api, cloud):
    from shared import clients

    made = queued(cloud, attempts=1, tried_at=datetime.now(UTC), lease_until=datetime.now(UTC) - timedelta(seconds=1))
    clients.twilio().messages.create(to=made.number, from_=cloud.environ["TWILIO_PHONE_NUMBER"], body=made.text or "")
    assert send(api, cloud, made).status == 204
    (sent,) = cloud.sent("sms", made.number)
    after = stored(cloud, made)
    assert (after.state, after.sid) == ("accepted", sent["messageId"])
    # One with the same text is not taken for it: that message is somebody's already.
    twin = queued(cloud, number=made.number, attempts=1, tried_at=datetime.now(UTC))
    send(api, cloud, twin)
    assert len(cloud.sent("sms", made.number)) == 2


@pytest.mark.parametrize("answer", ["20429", "20500", "20003"])
def test_what_may_pass_is_tried_three_times(api, cloud, answer):
    made = queued(cloud)
    cloud.vendor("/twilio/_answers", {"for": made.number, "answer": answer})
    send(api, cloud, made)
    assert (stored(cloud, made).state, stored(cloud, made).attempts) == ("queued", 1)
    send(api, cloud, made)
    send(api, cloud, made)
    ended = stored(cloud, made)
    assert (ended.state, ended.reason, ended.attempts) == ("failed", answer, 3)
    letters = cloud.unit().find(DEAD_LETTERS, state="open", channel="sms", limit=50)
    assert [each.reason for each in letters if each.ref == made.id] == [answer]


@pytest.mark.parametrize(("fields", "answer", "state", "reason"), [
    ({}, "21614", "failed", "21614"),
    ({"number": "+0123"}, None, "failed", "21211"),
    ({}, "21610", "blocked", "OPTED_OUT"),
])  # fmt: skip
def test_what_will_not_pass_ends_at_once(api, cloud, fields, answer, state, reason):
    made = queued(cloud, **fields)
    if answer:
        cloud.vendor("/twilio/_answers", {"for": made.number, "answer": answer})
    send(api, cloud, made)
    assert (stored(cloud, made).state, stored(cloud, made).reason) == (state, reason)


def test_a_message_that_does_not_arrive_is_a_dead_letter(api, cloud):
    made = queued(cloud)
    cloud.vendor("/twilio/_answers", {"for": made.number, "answer": "undelivered"})
    send(api, cloud, made)
    ended = eventually(lambda: (now := stored(cloud, made)).state == "undelivered" and now, "the callback tells")
    assert ended.reason == "30003"


def test_who_said_stop_gets_nothing(api, cloud):
    made = queued(cloud)
    unit = cloud.unit()
    key = unit.sealer.blind("phone", made.number)
    unit.create(OptOut(id=key, number=made.number, opted_out=True, keyword="STOP", at=datetime.now(UTC)))
    unit.commit()
    send(api, cloud, made)
    assert (stored(cloud, made).state, stored(cloud, made).reason) == ("blocked", "OPTED_OUT")
    assert cloud.sent("sms", made.number) == []


def test_what_staff_send_is_in_the_numbers_chat(api, cloud, world):
    doctor, patient = world.doctor(), world.patient(phoneNumber=phone())
    world.join_care_team(patient.patient_id, doctor, by=patient)
    made = queued(cloud, number=patient.user["phoneNumber"], sender_id=doctor.id, owner_ids=[doctor.id])
    send(api, cloud, made)
    after = stored(cloud, made)
    assert after.patient_id == patient.patient_id
    chat = cloud.unit().get(Chat, after.chat_id)
    assert (chat.type, chat.patient_id) == ("SMS", patient.patient_id)
    (said,) = cloud.unit().find(MESSAGES, chatId=chat.id, limit=5)
    assert (said.id, said.text, said.sender_id) == (after.message_id, "See you at nine", doctor.id)


def test_a_worker_that_is_at_it_is_not_disturbed(api, cloud):
    refused(send(api, cloud, queued(cloud, lease_until=datetime.now(UTC) + LEASE)), 503, "SMS_UNAVAILABLE")


def test_it_is_for_the_queue(api, world):
    refused(api.post(PATH, {"id": new_id()}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"id": new_id()}), 401, "TOKEN_INVALID")
