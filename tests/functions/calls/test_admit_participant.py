"""POST /calls/{callId}/admit."""

from tests.client import refused


def test_who_lets_whom_in(api, callers) -> None:
    ids = [callers.patient.id, callers.nurse.id]
    meeting = api.as_(callers.doctor).post("/meetings/create", {"participantIds": ids})["callId"]
    path, body = f"/calls/{meeting}/admit", {"userId": callers.patient.id}
    refused(api.as_(callers.patient).post(path, body), 403, "NOT_CALL_HOST")
    refused(api.as_(callers.stranger).post(path, body), 404, "NOT_FOUND")
    refused(api.as_(callers.doctor).post(path, {"userId": callers.stranger.id}), 400, "VALIDATION_ERROR")
    answer = api.as_(callers.nurse).post(path, body)
    assert [p["admitted"] for p in answer["participants"]] == [True, True, True]
    assert not api.as_(callers.nurse).post(path, body).writes > 1
    callers.rewind(meeting, provider="meet")
    refused(api.as_(callers.doctor).post(path, body), 409, "CALL_BY_MEET")
    callers.rewind(meeting, provider="100ms")
    callers.post(callers.doctor, meeting, "end")
    refused(api.as_(callers.doctor).post(path, body), 409, "CALL_OVER")
