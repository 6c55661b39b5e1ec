"""GET /messages/{messageId}."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN, NOWHERE


def test_how_far_it_has_got_with_each(api, talkers) -> None:
    said = talkers.say(talkers.doctor, talkers.team, "read me")["id"]
    api.as_(talkers.nurse).post(f"/messages/{said}/read")
    api.as_(talkers.patient).post(f"/messages/{said}/delivered")
    got = api.as_(talkers.doctor).get(f"/messages/{said}")
    assert got.status == 200
    assert got.trips <= 3
    reached = {r["userId"]: (r["deliveredAt"] is not None, r["readAt"] is not None) for r in got["receipts"]}
    assert reached == {talkers.nurse.id: (True, True), talkers.patient.id: (True, False)}
    assert (got["isRead"], got["read"]) == (True, True)
    assert api.as_(talkers.patient).get(f"/messages/{said}")["isRead"] is False


def test_nobody_else(api, talkers) -> None:
    said = talkers.say(talkers.doctor, talkers.team, "ours")["id"]
    for who in ("stranger", "family", "other_patient"):
        refused(api.as_(getattr(talkers, who)).get(f"/messages/{said}"), *HIDDEN)
    refused(api.as_(talkers.doctor).get(f"/messages/{NOWHERE}"), *HIDDEN)
