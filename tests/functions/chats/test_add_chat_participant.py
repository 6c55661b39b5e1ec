"""POST /chats/{chatId}/participants."""

import pytest

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, NOWHERE


def test_a_clinician_sees_the_past_and_family_only_if_it_is_shared(api, talkers) -> None:
    chat = talkers.chat(talkers.doctor, type="Family Update", patientId=talkers.patient.patient_id)
    path = f"/chats/{chat}/participants"
    assert api.as_(talkers.doctor).post(path, {"userId": talkers.patient.id}).status == 201
    early = talkers.say(talkers.doctor, chat, "before they came")["id"]
    nurse = api.as_(talkers.doctor).post(path, {"userId": talkers.nurse.id, "isAdmin": True})
    assert (nurse.status, nurse["isAdmin"], nurse["seesHistoryFrom"]) == (201, True, None)
    assert nurse.trips <= 3
    family = api.as_(talkers.doctor).post(path, {"userId": talkers.family.id})
    assert family["seesHistoryFrom"]
    talkers.say(talkers.doctor, chat, "since they came")
    assert talkers.texts(talkers.nurse, chat) == ["since they came", "before they came"]
    assert talkers.texts(talkers.family, chat) == ["since they came"]
    refused(api.as_(talkers.family).get(f"/messages/{early}"), *HIDDEN)
    refused(api.as_(talkers.family).get(f"/chats/{chat}/messages", params={"around": early}), 400, "VALIDATION_ERROR")
    # Out and in again, with the past this time.
    api.as_(talkers.nurse).delete(f"{path}/{talkers.family.id}")
    api.as_(talkers.nurse).post(path, {"userId": talkers.family.id, "shareHistory": True})
    assert "before they came" in talkers.texts(talkers.family, chat)


def test_it_is_said_in_the_chat(api, talkers) -> None:
    chat = talkers.care_team(talkers.patient)
    api.as_(talkers.doctor).post(f"/chats/{chat}/participants", {"userId": talkers.nurse.id})
    latest = api.as_(talkers.patient).get(f"/chats/{chat}/messages")["data"][0]
    assert (latest["type"], latest["sender"]["id"]) == ("system", None)
    assert latest["content"] == f"{talkers.nurse.user['name']} joined."


def test_it_is_said_in_the_readers_language(api, world, talkers) -> None:
    chat = talkers.care_team(talkers.patient)
    name = talkers.nurse.user["name"]
    api.as_(talkers.doctor).post(f"/chats/{chat}/participants", {"userId": talkers.nurse.id})
    api.as_(talkers.doctor).delete(f"/chats/{chat}/participants/{talkers.nurse.id}")
    spanish = {"Accept-Language": "es"}
    found = api.as_(talkers.patient).get(f"/chats/{chat}/messages", headers=spanish)
    assert [m["content"] for m in found["data"]] == [f"{name} ha salido.", f"{name} se ha unido."]
    assert found.trips <= 3
    latest = found["data"][0]["id"]
    assert api.as_(talkers.patient).get(f"/messages/{latest}", headers=spanish)["content"] == f"{name} ha salido."
    assert api.as_(talkers.patient).get(f"/chats/{chat}", headers=spanish)["messages"][0]["content"].endswith("salido.")
    row = talkers.eventually_row(talkers.patient, chat, lastMessage=f"{name} left.")
    assert (row["lastMessageType"], row["unreadCount"]) == ("system", 0)
    rows = api.as_(talkers.patient).get("/chats", headers=spanish, params={"limit": 100})["data"]
    assert next(r for r in rows if r["id"] == chat)["lastMessage"] == f"{name} ha salido."
    # What somebody has chosen for themselves counts before what their browser asks for.
    reader = world.nurse()
    assert api.as_(reader).put("/users/me/preferences", {"language": "es"}).status == 200
    staff = talkers.chat(talkers.doctor, type="Internal Staff", name="Roster", participantIds=[reader.id])
    api.as_(talkers.doctor).post(f"/chats/{staff}/participants", {"userId": talkers.nurse.id})
    first = api.as_(reader).get(f"/chats/{staff}/messages", headers={"Accept-Language": "en"})["data"][0]
    assert first["content"] == f"{name} se ha unido."


def test_staff_and_recipients(api, talkers) -> None:
    staff = talkers.chat(talkers.doctor, type="Internal Staff", name="Roster")
    assert api.as_(talkers.doctor).post(f"/chats/{staff}/participants", {"userId": talkers.stranger.id}).status == 201
    many = talkers.chat(talkers.doctor, type="Broadcast", name="News")
    assert api.as_(talkers.doctor).post(f"/chats/{many}/participants", {"userId": talkers.family.id}).status == 201
    refused(
        api.as_(talkers.doctor).post(f"/chats/{many}/participants", {"userId": talkers.payer.id}),
        422,
        "MAY_NOT_CONTACT",
    )
    refused(
        api.as_(talkers.doctor).post(f"/chats/{staff}/participants", {"userId": talkers.patient.id}),
        422, "MAY_NOT_CONTACT",
    )  # fmt: skip


@pytest.mark.parametrize("who", ["stranger", "payer", "other_patient", "family", None])
def test_who_cannot_come_in(api, talkers, who) -> None:
    user_id = getattr(talkers, who).id if who else NOWHERE
    refused(
        api.as_(talkers.doctor).post(f"/chats/{talkers.team}/participants", {"userId": user_id}), 422, "MAY_NOT_CONTACT"
    )


def test_who_may_not_decide(api, talkers) -> None:
    path, body = f"/chats/{talkers.team}/participants", {"userId": talkers.nurse.id}
    refused(api.as_(talkers.patient).post(path, body), 403, "NOT_CHAT_ADMIN")
    refused(api.as_(talkers.stranger).post(path, body), *HIDDEN)
    refused(api.as_(talkers.doctor).post(path, body), 409, "ALREADY_DONE")
    direct = api.as_(talkers.doctor).post("/chats", {"type": "Direct", "participantIds": [talkers.patient.id]})["id"]
    refused(api.as_(talkers.admin).post(f"/chats/{direct}/participants", body), 422, "CHAT_IS_FIXED")
