"""PUT /chats/{chatId}."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, took


def test_a_name_is_everybodys_and_a_pin_ones_own(api, talkers) -> None:
    chat = talkers.care_team()
    changed = api.as_(talkers.doctor).put(f"/chats/{chat}", {"name": "Updated Chat Name", "isPinned": True})
    assert (changed.status, took(changed)) == (200, 2)
    assert (changed["name"], changed["isPinned"]) == ("Updated Chat Name", True)
    row = talkers.eventually_row(talkers.nurse, chat, name="Updated Chat Name")
    assert row["isPinned"] is False
    pinned = api.as_(talkers.nurse).put(f"/chats/{chat}", {"isPinned": True})
    assert pinned["isPinned"] is True


def test_who_may_not(api, talkers) -> None:
    refused(api.as_(talkers.nurse).put(f"/chats/{talkers.team}", {"name": "x"}), 403, "NOT_CHAT_ADMIN")
    refused(api.as_(talkers.stranger).put(f"/chats/{talkers.team}", {"name": "x"}), *HIDDEN)
    direct = api.as_(talkers.doctor).post("/chats", {"type": "Direct", "participantIds": [talkers.nurse.id]})["id"]
    refused(api.as_(talkers.doctor).put(f"/chats/{direct}", {"name": "x"}), 403, "NOT_CHAT_ADMIN")


def test_a_direct_chat_has_no_name(api, talkers) -> None:
    # An administrator of the practice manages chats about patients, and is told so.
    direct = api.as_(talkers.doctor).post("/chats", {"type": "Direct", "participantIds": [talkers.patient.id]})["id"]
    refused(api.as_(talkers.admin).put(f"/chats/{direct}", {"name": "x"}), 422, "CHAT_IS_FIXED")
