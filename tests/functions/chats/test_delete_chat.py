"""DELETE /chats/{chatId}."""

from tests.client import refused
from tests.conftest import eventually
from tests.functions.chats.conftest import HIDDEN, took


def test_it_is_gone_for_everybody_and_kept(api, talkers, cloud) -> None:
    chat = talkers.care_team()
    said = talkers.say(talkers.doctor, chat, "kept")["id"]
    refused(api.as_(talkers.nurse).delete(f"/chats/{chat}"), 403, "NOT_CHAT_ADMIN")
    refused(api.as_(talkers.stranger).delete(f"/chats/{chat}"), *HIDDEN)
    gone = api.as_(talkers.doctor).delete(f"/chats/{chat}")
    assert (gone.status, took(gone)) == (204, 2)
    for who in (talkers.doctor, talkers.nurse, talkers.admin):
        refused(api.as_(who).get(f"/chats/{chat}"), *HIDDEN)
        refused(api.as_(who).get(f"/messages/{said}"), *HIDDEN)
    assert talkers.row(talkers.doctor, chat) is None
    eventually(lambda: talkers.row(talkers.nurse, chat) is None, "the row gone")
    stored = cloud.firestore.collection("chats").document(chat).get().to_dict()
    assert (stored["deleted"], stored["deletedBy"]) == (True, talkers.doctor.id)
    assert cloud.firestore.collection("messages").document(said).get().get("text")


def test_a_direct_chat_stays(api, talkers) -> None:
    direct = api.as_(talkers.doctor).post("/chats", {"type": "Direct", "participantIds": [talkers.patient.id]})["id"]
    refused(api.as_(talkers.admin).delete(f"/chats/{direct}"), 422, "CHAT_IS_FIXED")
