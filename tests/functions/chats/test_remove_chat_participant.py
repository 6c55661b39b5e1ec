"""DELETE /chats/{chatId}/participants/{userId}."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, took
from tests.functions.patients.conftest import sent_to


def test_who_is_removed_sees_nothing_any_more(api, talkers, cloud) -> None:
    chat = talkers.care_team()
    own = talkers.say(talkers.nurse, chat, "what I wrote")["id"]
    gone = api.as_(talkers.doctor).delete(f"/chats/{chat}/participants/{talkers.nurse.id}")
    assert gone.status == 204
    assert took(gone) <= 3
    nurse = api.as_(talkers.nurse)
    for path in (f"/chats/{chat}", f"/chats/{chat}/messages", f"/messages/{own}"):
        refused(nurse.get(path), *HIDDEN)
    refused(nurse.post(f"/chats/{chat}/messages", {"content": "x"}), *HIDDEN)
    assert talkers.row(talkers.nurse, chat) is None
    assert "what I wrote" in talkers.texts(talkers.doctor, chat)
    left = [e for e in sent_to(cloud, "events", talkers.nurse) if e.get("event") == "chat:left"]
    assert {"chatId": chat, "userId": talkers.nurse.id} in [e.get("ids") for e in left]
    said = talkers.say(talkers.doctor, chat, "after they left")["id"]
    assert said not in [e.get("ids").get("messageId") for e in sent_to(cloud, "events", talkers.nurse)]
    refused(api.as_(talkers.doctor).delete(f"/chats/{chat}/participants/{talkers.nurse.id}"), *HIDDEN)


def test_the_last_administrator_hands_over(api, talkers) -> None:
    chat = talkers.care_team(talkers.nurse)
    assert api.as_(talkers.doctor).delete(f"/chats/{chat}/participants/{talkers.doctor.id}").status == 204
    assert api.as_(talkers.nurse).get(f"/chats/{chat}")["isAdmin"] is True
    refused(api.as_(talkers.nurse).post(f"/chats/{chat}/messages", {"content": "anybody?"}), 409, "CHAT_CLOSED")


def test_who_may_not(api, talkers) -> None:
    path = f"/chats/{talkers.team}/participants/{talkers.nurse.id}"
    refused(api.as_(talkers.patient).delete(path), 403, "NOT_CHAT_ADMIN")
    refused(api.as_(talkers.stranger).delete(path), *HIDDEN)
    direct = api.as_(talkers.doctor).post("/chats", {"type": "Direct", "participantIds": [talkers.nurse.id]})["id"]
    refused(api.as_(talkers.nurse).delete(f"/chats/{direct}/participants/{talkers.nurse.id}"), 422, "CHAT_IS_FIXED")
