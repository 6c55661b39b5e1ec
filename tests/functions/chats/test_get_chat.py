"""GET /chats/{chatId}."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, NOWHERE


def test_who_takes_part_and_what_was_said(api, talkers) -> None:
    chat = talkers.care_team()
    talkers.say(talkers.doctor, chat, "How are you feeling today?")
    talkers.say(talkers.patient, chat, "Better.")
    got = api.as_(talkers.nurse).get(f"/chats/{chat}")
    assert (got.status, got.trips) == (200, 3)
    assert [m["content"] for m in got["messages"]] == ["Better.", "How are you feeling today?"]
    assert got["messages"][1]["sender"] == {"id": talkers.doctor.id, "name": "Dr Talker", "role": "Doctor"}
    assert {(p["id"], p["role"], p["isAdmin"]) for p in got["participants"]} == {
        (talkers.doctor.id, "Doctor", True), (talkers.nurse.id, "Nurse", False), (talkers.patient.id, "Patient", False),
    }  # fmt: skip
    older = api.as_(talkers.nurse).get(f"/chats/{chat}", params={"limit": 1, "offset": 1})
    assert [m["content"] for m in older["messages"]] == ["How are you feeling today?"]


def test_an_administrator_oversees_chats_about_patients_only(api, talkers) -> None:
    got = api.as_(talkers.admin).get(f"/chats/{talkers.team}")
    assert got.status == 200
    log = api.as_(talkers.admin).get("/audit-logs", params={"entityId": talkers.team, "userId": talkers.admin.id})
    assert any(entry["details"].get("oversight") for entry in log["data"])
    staff = talkers.chat(talkers.doctor, type="Internal Staff", name="Roster", participantIds=[talkers.nurse.id])
    refused(api.as_(talkers.admin).get(f"/chats/{staff}"), *HIDDEN)
    refused(api.as_(talkers.admin).post(f"/chats/{talkers.team}/messages", {"content": "x"}), *HIDDEN)


def test_nobody_else(api, talkers) -> None:
    for who in ("stranger", "other_patient", "payer", "family"):
        answer = refused(api.as_(getattr(talkers, who)).get(f"/chats/{talkers.team}"), *HIDDEN)
        missing = refused(api.as_(getattr(talkers, who)).get(f"/chats/{NOWHERE}"), *HIDDEN)
        assert answer.error["message"] == missing.error["message"]
        assert answer.trips == missing.trips
    refused(api.get(f"/chats/{talkers.team}"), 401, "TOKEN_MISSING")
