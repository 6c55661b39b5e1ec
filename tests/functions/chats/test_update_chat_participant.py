"""PUT /chats/{chatId}/participants/{userId}."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, took


def test_an_administrator_is_made_and_unmade(api, talkers) -> None:
    chat = talkers.care_team()
    path = f"/chats/{chat}/participants/{talkers.nurse.id}"
    made = api.as_(talkers.doctor).put(path, {"isAdmin": True})
    assert (made.status, made["isAdmin"]) == (200, True)
    assert took(made) <= 3
    own = f"/chats/{chat}/participants/{talkers.doctor.id}"
    assert api.as_(talkers.nurse).put(own, {"isAdmin": False})["isAdmin"] is False
    refused(api.as_(talkers.doctor).put(path, {"isAdmin": False}), 403, "NOT_CHAT_ADMIN")
    refused(api.as_(talkers.nurse).put(path, {"isAdmin": False}), 422, "CHAT_IS_FIXED")


def test_nobody_else(api, talkers) -> None:
    path = f"/chats/{talkers.team}/participants/{talkers.nurse.id}"
    refused(api.as_(talkers.stranger).put(path, {"isAdmin": True}), *HIDDEN)
    away = f"/chats/{talkers.team}/participants/{talkers.stranger.id}"
    refused(api.as_(talkers.doctor).put(away, {"isAdmin": True}), *HIDDEN)
