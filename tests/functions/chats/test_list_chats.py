"""GET /chats."""

from tests.client import refused


def test_the_latest_first_with_what_was_said_last(api, talkers) -> None:
    first, second = talkers.care_team(), talkers.care_team()
    talkers.say(talkers.doctor, second, "about the second")
    talkers.say(talkers.doctor, first, "x" * 500)
    talkers.eventually_row(talkers.nurse, first, lastMessage="x" * 200, unreadCount=1)
    row = talkers.eventually_row(talkers.nurse, second, lastMessage="about the second", unreadCount=1)
    assert row["lastMessageTime"]
    listed = api.as_(talkers.nurse).get("/chats", params={"limit": 100})
    ids = [chat["id"] for chat in listed["data"]]
    assert ids.index(first) < ids.index(second)
    assert listed.trips <= 3
    # The sender has nothing to read.
    assert talkers.row(talkers.doctor, first)["unreadCount"] == 0


def test_by_type_and_pin(api, talkers) -> None:
    chat = talkers.care_team()
    api.as_(talkers.doctor).put(f"/chats/{chat}/me", {"isPinned": True})
    assert talkers.row(talkers.doctor, chat, pinned="true")["isPinned"]
    assert talkers.row(talkers.doctor, chat, pinned="false") is None
    assert talkers.row(talkers.doctor, chat, type="Care Team")
    assert talkers.row(talkers.doctor, chat, type="Direct") is None
    # Pinned is everybody's own.
    assert talkers.row(talkers.nurse, chat)["isPinned"] is False


def test_only_ones_own(api, talkers) -> None:
    assert talkers.row(talkers.stranger, talkers.team) is None
    assert talkers.row(talkers.admin, talkers.team) is None
    refused(api.as_(talkers.doctor).get("/chats", params={"type": "Group"}), 400, "VALIDATION_ERROR")
