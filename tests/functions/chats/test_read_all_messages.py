"""POST /chats/{chatId}/messages/read-all."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, took


def test_everything_is_read(api, talkers) -> None:
    chat = talkers.care_team()
    path = f"/chats/{chat}/messages/read-all"
    nothing = api.as_(talkers.nurse).post(path)
    assert (nothing.status, nothing["lastMessageId"]) == (200, None)
    ids = [talkers.say(talkers.doctor, chat, text)["id"] for text in "abc"]
    talkers.eventually_row(talkers.nurse, chat, unreadCount=3)
    done = api.as_(talkers.nurse).post(path)
    assert (took(done), done["lastMessageId"], done["unreadCount"]) == (3, ids[-1], 0)
    assert talkers.row(talkers.nurse, chat)["unreadCount"] == 0
    listed = api.as_(talkers.nurse).get(f"/chats/{chat}/messages")["data"]
    assert [m["isRead"] for m in listed] == [True] * 3
    # Of the others nobody has.
    talkers.eventually_row(talkers.patient, chat, unreadCount=3)


def test_nobody_else(api, talkers) -> None:
    refused(api.as_(talkers.stranger).post(f"/chats/{talkers.team}/messages/read-all"), *HIDDEN)
