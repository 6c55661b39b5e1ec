"""PUT /chats/{chatId}/me."""

from tests.client import refused
from tests.conftest import eventually
from tests.functions.chats.conftest import HIDDEN, took
from tests.functions.patients.conftest import sent_to


def requests_about(cloud, user, message_id: str) -> list:
    return [r for r in sent_to(cloud, "notificationRequests", user) if r.get("refId") == message_id]


def test_who_mutes_a_chat_is_not_notified(api, talkers, cloud) -> None:
    chat = talkers.care_team()
    muted = api.as_(talkers.nurse).put(f"/chats/{chat}/me", {"muted": True})
    assert (muted.status, took(muted), muted["muted"]) == (200, 2, True)
    said = talkers.say(talkers.doctor, chat, "quiet")["id"]
    assert requests_about(cloud, talkers.patient, said)
    assert not requests_about(cloud, talkers.nurse, said)
    # They are told live all the same, and it counts as unread.
    assert any(e.get("ids").get("messageId") == said for e in sent_to(cloud, "events", talkers.nurse))
    talkers.eventually_row(talkers.nurse, chat, unreadCount=1, muted=True)
    assert api.as_(talkers.nurse).put(f"/chats/{chat}/me", {"muted": False})["muted"] is False
    assert requests_about(cloud, talkers.nurse, talkers.say(talkers.doctor, chat, "loud")["id"])


def test_archived_chats_are_listed_apart(api, talkers) -> None:
    chat = talkers.care_team()
    assert api.as_(talkers.nurse).put(f"/chats/{chat}/me", {"archived": True})["archived"] is True
    assert talkers.row(talkers.nurse, chat) is None
    assert talkers.row(talkers.nurse, chat, archived="true")
    assert talkers.row(talkers.doctor, chat)
    api.as_(talkers.nurse).put(f"/chats/{chat}/me", {"archived": False})
    eventually(lambda: talkers.row(talkers.nurse, chat), "the row back in the list")


def test_nobody_else(api, talkers) -> None:
    refused(api.as_(talkers.stranger).put(f"/chats/{talkers.team}/me", {"muted": True}), *HIDDEN)
    # Who only oversees a chat has nothing of it to keep.
    refused(api.as_(talkers.admin).put(f"/chats/{talkers.team}/me", {"muted": True}), *HIDDEN)
