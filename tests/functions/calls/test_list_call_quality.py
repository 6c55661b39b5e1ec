"""GET /calls/{callId}/quality."""

from tests.client import refused


def test_what_was_measured(api, callers) -> None:
    call = callers.talk()
    callers.post(callers.patient, call, "quality", {"stage": "before", "roundTripMs": 450})
    callers.post(callers.doctor, call, "quality", {"packetLossPercent": 9})
    for who in (callers.doctor, callers.nurse, callers.admin):
        answer = api.as_(who).get(f"/calls/{call}/quality")
        assert (answer.status, answer.trips <= 3) == (200, True), answer
        assert [(r["userId"], r["stage"], r["verdict"]) for r in answer["data"]] == [
            (callers.doctor.id, "during", "poor"), (callers.patient.id, "before", "fair"),
        ]  # fmt: skip
    assert answer["data"][1]["roundTripMs"] == 450
    assert api.as_(callers.doctor).get(f"/calls/{call}/quality", params={"limit": 1})["pagination"]["total"] == 2


def test_whose_it_is_not(api, callers) -> None:
    call = callers.talk()
    refused(api.as_(callers.stranger).get(f"/calls/{call}/quality"), 404, "NOT_FOUND")
    refused(api.as_(callers.patient).get(f"/calls/{call}/quality"), 403, "ROLE_NOT_ALLOWED")
