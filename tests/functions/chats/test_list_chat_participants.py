"""GET /chats/{chatId}/participants."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN


def test_everybody_in_the_order_of_joining(api, talkers) -> None:
    listed = api.as_(talkers.patient).get(f"/chats/{talkers.team}/participants")
    assert (listed.status, listed.trips) == (200, 3)
    assert {p["userId"] for p in listed["data"]} == {talkers.doctor.id, talkers.nurse.id, talkers.patient.id}


def test_recipients_of_a_broadcast_do_not_see_each_other(api, talkers) -> None:
    chat = talkers.chat(
        talkers.doctor, type="Broadcast", name="Hours", participantIds=[talkers.patient.id, talkers.family.id]
    )
    path = f"/chats/{chat}/participants"
    assert {p["userId"] for p in api.as_(talkers.patient).get(path)["data"]} == {talkers.doctor.id, talkers.patient.id}
    assert len(api.as_(talkers.doctor).get(path)["data"]) == 3
    said = talkers.say(talkers.doctor, chat, "closed on Monday")["id"]
    api.as_(talkers.family).post(f"/messages/{said}/read")
    assert api.as_(talkers.patient).get(f"/messages/{said}")["receipts"] is None
    assert [r["readAt"] is not None for r in api.as_(talkers.doctor).get(f"/messages/{said}")["receipts"]].count(
        True
    ) == 1


def test_nobody_else(api, talkers) -> None:
    refused(api.as_(talkers.stranger).get(f"/chats/{talkers.team}/participants"), *HIDDEN)
