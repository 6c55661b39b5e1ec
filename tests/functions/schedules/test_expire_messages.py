"""POST /schedules/expire_messages."""

from datetime import timedelta

from shared.chats.documents import Message, MessageVersion
from tests.client import refused

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


def test_nobody_but_cloud_scheduler_may_call(api, world) -> None:
    refused(api.post(PATH), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH), 401, "TOKEN_INVALID")
