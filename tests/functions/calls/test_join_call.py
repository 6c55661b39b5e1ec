"""POST /calls/{callId}/join."""

from tests.client import refused


def test_patients_wait_in_a_meeting(api, callers, cloud) -> None:
    meeting = api.as_(callers.doctor).post("/meetings/create", {"participantIds": [callers.patient.id]})["callId"]
    waiting = callers.post(callers.patient, meeting, "join")
    assert (waiting["waiting"], waiting["authToken"], waiting["state"]) == (True, None, "open")
    host = callers.post(callers.doctor, meeting, "join")
    assert (host["waiting"], host["roomRole"], host["state"]) == (False, "host", "open")
    callers.post(callers.doctor, meeting, "admit", {"userId": callers.patient.id})
    inside = callers.post(callers.patient, meeting, "join")
    assert (inside["waiting"], inside["state"]) == (False, "active")
    assert cloud.vendor("/hundredms/_token", {"token": inside["authToken"]}) == {"fault": ""}


def test_again_with_a_new_token(callers) -> None:
    call = callers.talk()
    first, second = (callers.post(callers.doctor, call, "join") for _ in range(2))
    assert first["authToken"] != second["authToken"]
    assert first["answeredAt"] == second["answeredAt"]


def test_refusals(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient, callers.nurse)["callId"]
    refused(api.as_(callers.stranger).post(f"/calls/{call}/join"), 404, "NOT_FOUND")
    callers.post(callers.patient, call, "join")
    callers.agree(call)
    callers.post(callers.doctor, call, "record", {"action": "start"})
    refused(api.as_(callers.nurse).post(f"/calls/{call}/join"), 422, "CONSENT_REQUIRED")
    callers.post(callers.doctor, call, "end")
    refused(api.as_(callers.nurse).post(f"/calls/{call}/join"), 409, "CALL_OVER")
