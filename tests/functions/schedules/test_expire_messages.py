"""POST /schedules/expire_messages."""

from datetime import timedelta

from shared.ai.transcripts import Transcript, transcript_id
from shared.chats import expiry
from shared.chats.documents import Message, MessageVersion, version_id
from shared.messaging.documents import SmsMessage
from shared.store.document import new_id
from tests.client import refused
from tests.conftest import eventually
from tests.functions.chats.voices import voice_message
from tests.functions.notifications.notices import phone

PATH = "/schedules/expire_messages"


def age(cloud, *message_ids: str) -> None:
    """Let messages be older than messages are kept."""
    unit = cloud.unit()
    for message in unit.get_all(Message, list(message_ids)):
        unit.update(message, created_at=message.created_at - timedelta(days=366 * 5 + 1))
    unit.commit()


def test_old_ones_lose_their_content_and_held_ones_do_not(api, cloud, talkers, world) -> None:
    chat, held_chat = talkers.care_team(), talkers.care_team()
    old, young = (talkers.say(talkers.doctor, chat, text)["id"] for text in ("Quagga old", "young"))
    api.as_(talkers.doctor).put(f"/messages/{old}", {"content": "Quagga edited"})
    held = talkers.say(talkers.doctor, held_chat, "evidence")["id"]
    age(cloud, old, held)
    hold = api.as_(world.admin).post("/admin/legal-holds", {"chatId": held_chat, "reason": "Subpoena 2026-114"})
    assert hold.status == 201
    schedule = cloud.machine(api, "schedule", "expire_messages")
    assert schedule.post(PATH).status == 204
    gone = cloud.unit().get(Message, old)
    assert (gone.text, gone.expired, gone.sender_name, gone.words) == (None, True, None, [])
    assert cloud.unit().get(MessageVersion, f"{old}_1").text is None
    assert cloud.unit().get(Message, young).text == "young"
    assert cloud.unit().get(Message, held).text == "evidence"
    shown = {m["id"]: m["content"] for m in api.as_(talkers.nurse).get(f"/chats/{chat}/messages")["data"]}
    assert shown == {old: None, young: "young"}
    # A second run has nothing left to do but what is held.
    assert schedule.post(PATH).status == 204
    assert api.as_(world.admin).delete(f"/admin/legal-holds/{hold['id']}").status == 200
    assert schedule.post(PATH).status == 204
    assert cloud.unit().get(Message, held).text is None


def test_a_hold_on_the_patient_holds_every_chat(api, cloud, world, talkers) -> None:
    from tests.functions.chats.conftest import make_talkers

    people = make_talkers(api, world)
    said = people.say(people.doctor, people.team, "kept")["id"]
    direct = api.as_(people.doctor).post("/messages", {"receiverId": people.patient.id, "message": "kept, too"})["id"]
    age(cloud, said, direct)
    body = {"patientId": people.patient.patient_id, "reason": "Litigation"}
    assert api.as_(world.admin).post("/admin/legal-holds", body).status == 201
    assert cloud.machine(api, "schedule", "expire_messages").post(PATH).status == 204
    assert [m.text for m in cloud.unit().get_all(Message, [said, direct])] == ["kept", "kept, too"]


def test_what_was_said_goes_with_its_message(api, cloud, talkers) -> None:
    sent = voice_message(api, talkers.patient, talkers.care_team())
    key = transcript_id("messages", sent["id"])

    def transcribed():
        found = cloud.unit().get(Message, sent["id"])
        return found.transcription is not None

    eventually(transcribed, "the transcript")
    assert cloud.unit().get(Transcript, key).segments
    age(cloud, sent["id"])
    assert cloud.machine(api, "schedule", "expire_messages").post(PATH).status == 204
    gone, transcript = cloud.unit().get(Message, sent["id"]), cloud.unit().get(Transcript, key)
    assert (gone.transcription, gone.expired) == (None, True)
    assert (transcript.segments, transcript.text, transcript.summary) == ([], "", None)


def text(cloud, **fields) -> str:
    """A text message from before messages are kept."""
    unit = cloud.unit()
    made = unit.create(
        SmsMessage(
            id=new_id(), direction="inbound", number=phone(), text="Quagga", state="received",
            created_at=unit.now - timedelta(days=366 * 5 + 1), **fields,
        )
    )  # fmt: skip
    unit.commit()
    return made.id


def test_every_earlier_text_goes_however_many_there_are(api, cloud, talkers, monkeypatch) -> None:
    monkeypatch.setattr(expiry, "_PER_COMMIT", 1)
    said = talkers.say(talkers.doctor, talkers.care_team(), "Quagga")["id"]
    for text in ("Quagga again", "and again"):
        assert api.as_(talkers.doctor).put(f"/messages/{said}", {"content": text}).status == 200
    age(cloud, said)
    assert cloud.machine(api, "schedule", "expire_messages").post(PATH).status == 204
    before = cloud.unit().get_all(MessageVersion, [version_id(said, number) for number in (1, 2)])
    assert [version.text for version in before] == [None, None]
    assert cloud.unit().get(Message, said).expired


def test_text_messages_go_as_messages_do(api, cloud, world, talkers) -> None:
    patient, chat = world.patient(), talkers.care_team()
    of_nobody = text(cloud)
    of_patient, in_chat = text(cloud, patient_id=patient.patient_id), text(cloud, chat_id=chat)
    young = api.as_(talkers.doctor).post("/messaging/send-sms", {"recipientPhone": phone(), "message": "young"})
    subjects = ({"patientId": patient.patient_id}, {"chatId": chat})
    holds = [api.as_(world.admin).post("/admin/legal-holds", s | {"reason": "Subpoena"}) for s in subjects]
    schedule = cloud.machine(api, "schedule", "expire_messages")
    assert schedule.post(PATH).status == 204
    gone = cloud.unit().get(SmsMessage, of_nobody)
    assert (gone.number, gone.text, gone.expired) == ("", None, True)
    assert cloud.firestore.collection("smsMessages").document(of_nobody).get().get("numberIndex") is None
    kept = cloud.unit().get_all(SmsMessage, [of_patient, in_chat, young["messageId"]])
    assert [m.text for m in kept] == ["Quagga", "Quagga", "young"]
    for hold in holds:
        assert api.as_(world.admin).delete(f"/admin/legal-holds/{hold['id']}").status == 200
    assert schedule.post(PATH).status == 204
    assert [m.text for m in cloud.unit().get_all(SmsMessage, [of_patient, in_chat])] == [None, None]


def test_nobody_but_cloud_scheduler_may_call(api, world) -> None:
    refused(api.post(PATH), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH), 401, "TOKEN_INVALID")
