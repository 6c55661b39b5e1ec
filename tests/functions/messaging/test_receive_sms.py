import pytest

from shared.chats.documents import MESSAGES, Chat
from shared.messaging.documents import OptOut, SmsMessage, inbound_id
from tests.client import refused
from tests.functions.messaging.twilio import callback, sid
from tests.functions.notifications.notices import phone

PATH = "/messaging/webhook/sms"


def inbound(api, cloud, number, text, own_sid="", **more):
    fields = {"MessageSid": own_sid or sid(), "From": number, "To": cloud.environ["TWILIO_PHONE_NUMBER"],
              "Body": text, "NumMedia": "0", **more}  # fmt: skip
    return callback(api, cloud, PATH, fields)


def stored(cloud, own_sid) -> SmsMessage:
    return cloud.unit().get(SmsMessage, inbound_id(own_sid))


def said(cloud, number) -> OptOut:
    unit = cloud.unit()
    return unit.get(OptOut, unit.sealer.blind("phone", number))


def test_it_goes_to_the_chat_of_its_number(api, cloud, world) -> None:
    number, own = phone(), sid()
    patient, doctor = world.patient(phoneNumber=number), world.doctor()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    answer = inbound(api, cloud, number, "I am feeling better", own)
    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, "text/xml")
    assert "<Response/>" in answer.response.text
    message = stored(cloud, own)
    assert (message.patient_id, message.state, message.text) == (patient.patient_id, "received", "I am feeling better")
    chat = cloud.unit().get(Chat, message.chat_id)
    assert (chat.type, chat.member_ids) == ("SMS", [doctor.id])
    (posted,) = cloud.unit().find(MESSAGES, chatId=chat.id, limit=5)
    assert (posted.text, posted.sender_id) == ("I am feeling better", None)
    # The next one is in the same chat.
    inbound(api, cloud, number, "Thank you")
    assert len(cloud.unit().find(MESSAGES, chatId=chat.id, limit=5)) == 2


def test_one_that_comes_twice_changes_nothing(api, cloud) -> None:
    number, own = phone(), sid()
    assert inbound(api, cloud, number, "Once", own).writes > 0
    again = inbound(api, cloud, number, "Once", own)
    assert (again.status, again.writes) == (200, 0)
    assert len(cloud.unit().find(MESSAGES, chatId=stored(cloud, own).chat_id, limit=5)) == 1


@pytest.mark.parametrize(("text", "more", "keyword"), [
    ("STOP", {}, "STOP"), (" stop. ", {}, "STOP"), ("Unsubscribe", {}, "STOP"), ("HELP", {}, "HELP"),
    ("arret", {"OptOutType": "STOP"}, "STOP"),
])  # fmt: skip
def test_keywords_are_heeded_and_recorded(api, cloud, text, more, keyword) -> None:
    number, own = phone(), sid()
    assert inbound(api, cloud, number, text, own, **more).status == 200
    message = stored(cloud, own)
    assert (message.reason, message.chat_id) == (keyword, None)
    recorded = said(cloud, number)
    assert (recorded.opted_out if recorded else None) == (True if keyword == "STOP" else None)


def test_start_takes_stop_back_and_yes_is_an_answer(api, cloud) -> None:
    number, own = phone(), sid()
    inbound(api, cloud, number, "Yes", own)
    assert stored(cloud, own).chat_id is not None
    inbound(api, cloud, number, "STOP")
    assert said(cloud, number).opted_out
    inbound(api, cloud, number, "START")
    assert not said(cloud, number).opted_out
    raw = cloud.firestore.collection("smsOptOuts").document(said(cloud, number).id).get().to_dict()
    assert isinstance(raw["number"], bytes)


def test_a_picture_is_mentioned(api, cloud) -> None:
    own = sid()
    inbound(api, cloud, phone(), "", own, NumMedia="1")
    assert "picture" in stored(cloud, own).text


def test_what_twilio_did_not_sign_is_refused(api, cloud) -> None:
    fields = {"MessageSid": sid(), "From": phone(), "Body": "x"}
    refused(callback(api, cloud, PATH, fields, token="another-secret"), 401, "SIGNATURE_INVALID")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(api.post(PATH, content=b"MessageSid=SM1&From=x", headers=form), 401, "SIGNATURE_INVALID")
    refused(api.post(PATH, {"MessageSid": "SM1"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(api.post(PATH, content=b"\xff=\xff", headers=form), 400, "UNREADABLE_BODY")
    assert stored(cloud, fields["MessageSid"]) is None


def test_signed_but_incomplete(api, cloud) -> None:
    refused(callback(api, cloud, PATH, {"From": phone(), "Body": "x"}), 400, "VALIDATION_ERROR")


def test_every_prefix_is_signed_for_itself(api, cloud) -> None:
    from urllib.parse import urlencode

    from twilio.request_validator import RequestValidator

    fields = {"MessageSid": sid(), "From": phone(), "Body": "x"}
    signed = RequestValidator(cloud.environ["TWILIO_AUTH_TOKEN"]).compute_signature(
        f"{cloud.environ['PUBLIC_URL']}{PATH}", fields
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signed}
    assert api.post(PATH, content=urlencode(fields).encode(), headers=headers).status == 200
