"""POST /chats/{chatId}/pin."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, took


def test_there_and_back(api, talkers) -> None:
    chat, nurse = talkers.care_team(), api.as_(talkers.nurse)
    pinned = nurse.post(f"/chats/{chat}/pin")
    assert (pinned.status, took(pinned), pinned["isPinned"]) == (200, 2, True)
    assert nurse.post(f"/chats/{chat}/pin")["isPinned"] is False
    assert nurse.post(f"/chats/{chat}/pin", {"isPinned": False})["isPinned"] is False
    assert nurse.post(f"/chats/{chat}/pin", {"isPinned": True})["isPinned"] is True
    assert talkers.row(talkers.doctor, chat)["isPinned"] is False


def test_nobody_else(api, talkers) -> None:
    refused(api.as_(talkers.stranger).post(f"/chats/{talkers.team}/pin"), *HIDDEN)
