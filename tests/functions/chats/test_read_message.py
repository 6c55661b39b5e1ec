"""POST and PATCH /messages/{messageId}/read."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, took
from tests.functions.patients.conftest import sent_to


def test_reading_one_reads_all_before_it_and_never_falls_back(api, talkers, cloud) -> None:
    chat = talkers.care_team()
    ids = [talkers.say(talkers.doctor, chat, text)["id"] for text in "abcd"]
    nurse = api.as_(talkers.nurse)
    read = nurse.post(f"/messages/{ids[2]}/read")
    assert (read.status, read["isRead"]) == (200, True)
    assert took(read) <= 4

    def state() -> list[bool]:
        return [m["isRead"] for m in nurse.get(f"/chats/{chat}/messages")["data"]][::-1]

    assert state() == [True, True, True, False]
    talkers.eventually_row(talkers.nurse, chat, unreadCount=1)
    assert nurse.post(f"/messages/{ids[0]}/read").status == 200
    assert state() == [True, True, True, False]
    told = [e.get("ids") for e in sent_to(cloud, "events", talkers.doctor) if e.get("event") == "message:read"]
    mine = [ids_ for ids_ in told if ids_["chatId"] == chat]
    assert [(i["messageId"], i["readBy"]) for i in mine] == [(ids[2], talkers.nurse.id)]
    assert mine[0]["readAt"]


def test_the_other_spelling(api, talkers) -> None:
    said = api.as_(talkers.doctor).post("/messages", {"receiverId": talkers.patient.id, "message": "hello"})["id"]
    updated = api.as_(talkers.patient).patch(f"/messages/{said}/read")
    assert (updated.status, updated["read"], updated["receiverId"]) == (200, True, talkers.patient.id)
    assert api.as_(talkers.doctor).get(f"/messages/{said}")["read"] is True


def test_nobody_else(api, talkers) -> None:
    said = talkers.say(talkers.doctor, talkers.team, "ours")["id"]
    refused(api.as_(talkers.stranger).post(f"/messages/{said}/read"), *HIDDEN)
    # Who only oversees a chat leaves no trace in its receipts.
    assert api.as_(talkers.admin).post(f"/messages/{said}/read")["isRead"] is False
