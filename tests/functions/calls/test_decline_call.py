"""POST /calls/{callId}/decline."""

from tests.client import refused


def test_of_two_it_is_over(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient)["callId"]
    assert callers.post(callers.patient, call, "decline")["state"] == "declined"
    (mine, *_) = api.as_(callers.doctor).get("/call-logs")["data"]
    (theirs, *_) = api.as_(callers.patient).get("/call-logs")["data"]
    assert (mine["callId"], mine["direction"], mine["status"]) == (call, "outgoing", "declined")
    assert (theirs["callId"], theirs["direction"], theirs["status"]) == (call, "incoming", "declined")
    refused(api.as_(callers.patient).post(f"/calls/{call}/decline"), 409, "CALL_OVER")


def test_of_several_it_goes_on(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient, callers.nurse)["callId"]
    assert callers.post(callers.nurse, call, "decline")["state"] == "ringing"
    assert callers.post(callers.patient, call, "answer")["state"] == "active"
    refused(api.as_(callers.patient).post(f"/calls/{call}/decline"), 409, "CALL_OVER")
    refused(api.as_(callers.doctor).post(f"/calls/{call}/decline"), 409, "CALL_OVER")


def test_it_is_not_others(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient)["callId"]
    refused(api.as_(callers.stranger).post(f"/calls/{call}/decline"), 404, "NOT_FOUND")
