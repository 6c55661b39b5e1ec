"""POST /realtime/tickets. What a ticket opens is tried in tests/realtime."""

from datetime import UTC, datetime

from tests.client import refused


def test_a_ticket(api, world) -> None:
    patient = world.patient()
    answer = api.as_(patient).post("/realtime/tickets")
    assert (answer.status, answer.trips) == (201, 2)
    assert answer["expiresIn"] == 30
    assert 20 < (datetime.fromisoformat(answer["expiresAt"]) - datetime.now(UTC)).total_seconds() <= 30
    again = api.as_(patient).post("/realtime/tickets")
    assert again["ticket"] != answer["ticket"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_is_stored_hashed(api, world, cloud) -> None:
    ticket = api.as_(world.patient()).post("/realtime/tickets")["ticket"]
    for stored in cloud.firestore.collection("realtimeTickets").stream():
        assert ticket not in repr((stored.id, stored.to_dict()))


def test_only_for_accounts_in_full_standing(api, world) -> None:
    refused(api.post("/realtime/tickets"), 401, "TOKEN_MISSING")
    pending = world.clinician(approved=False)
    refused(api.as_(pending).post("/realtime/tickets"), 403, "CREDENTIALS_NOT_VERIFIED")
