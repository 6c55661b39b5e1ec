"""PUT /meetings/{callId}/status."""

from tests.client import refused


def meeting(api, callers) -> str:
    return api.as_(callers.doctor).post("/meetings/create", {"participantIds": [callers.patient.id]})["callId"]


def test_from_begin_to_end(api, callers) -> None:
    path = f"/meetings/{meeting(api, callers)}/status"
    assert api.as_(callers.doctor).put(path, {"status": "in_progress"})["status"] == "scheduled"
    refused(api.as_(callers.patient).put(path, {"status": "completed"}), 403, "NOT_CALL_HOST")
    answer = api.as_(callers.doctor).put(path, {"status": "cancelled"})
    assert (answer["state"], answer["status"]) == ("cancelled", "cancelled")
    refused(api.as_(callers.doctor).put(path, {"status": "in_progress"}), 409, "CALL_OVER")


def test_completed(api, callers) -> None:
    call = callers.talk()
    path = f"/meetings/{call}/status"
    answer = api.as_(callers.doctor).put(path, {"status": "completed"})
    assert (answer["state"], answer["status"]) == ("ended", "completed")
    assert api.as_(callers.doctor).put(path, {"status": "completed"})["endedAt"] == answer["endedAt"]


def test_refusals(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient, callers.nurse)["callId"]
    path = f"/meetings/{call}/status"
    refused(api.as_(callers.stranger).put(path, {"status": "completed"}), 404, "NOT_FOUND")
    callers.post(callers.patient, call, "answer")
    callers.agree(call)
    callers.post(callers.doctor, call, "record", {"action": "start"})
    refused(api.as_(callers.nurse).put(path, {"status": "in_progress"}), 422, "CONSENT_REQUIRED")
