"""POST /tasks/fan_out_message: a large chat is told of a message."""

from collections import Counter

from shared.chats.documents import Chat, Message
from shared.store.document import new_id
from tests.client import refused
from tests.conftest import eventually

PATH = "/tasks/fan_out_message"


def told(cloud, message_id: str) -> Counter:
    """How often each user was told of a message."""
    found = cloud.stored("events", "ids.messageId", message_id)
    return Counter(user for event in found for user in event.get("userIds"))


def test_everybody_is_told_once(api, cloud, talkers) -> None:
    chat = talkers.chat(talkers.doctor, type="Broadcast", name="Many", participantIds=[talkers.patient.id])
    unit = cloud.unit()
    stored = unit.get(Chat, chat)
    everybody = [*stored.member_ids, *(new_id() for _ in range(448))]
    unit.update(stored, member_ids=everybody, muted_ids=everybody[5:])
    unit.commit()
    said = talkers.say(talkers.doctor, chat, "to all")
    assert said.trips == 2
    eventually(lambda: len(told(cloud, said["id"])) == 450, "everybody told")
    assert set(told(cloud, said["id"]).values()) == {1}
    worker = cloud.machine(api, "task", "fan_out_message")
    assert worker.post(PATH, {"id": said["id"]}).writes == 0
    assert set(told(cloud, said["id"]).values()) == {1}
    requests = cloud.stored("notificationRequests", "refId", said["id"])
    assert sorted(user for r in requests for user in r.get("userIds")) == sorted(everybody[1:5])


def test_what_is_gone_is_not_told(api, cloud, talkers) -> None:
    worker = cloud.machine(api, "task", "fan_out_message")
    assert worker.post(PATH, {"id": new_id()}).status == 204
    said = talkers.say(talkers.doctor, talkers.team, "x")["id"]
    api.as_(talkers.doctor).delete(f"/messages/{said}")
    before = told(cloud, said)
    unit = cloud.unit()
    unit.update(unit.get(Message, said), told=0)
    unit.commit()
    assert worker.post(PATH, {"id": said}).writes == 0
    assert told(cloud, said) == before


def test_nobody_but_cloud_tasks_may_call(api, world) -> None:
    refused(api.post(PATH, {"id": "x"}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"id": "x"}), 401, "TOKEN_INVALID")
