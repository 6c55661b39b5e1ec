"""POST /calls/{callId}/answer."""

from tests.client import refused


def test_it_begins_to_count(api, callers, cloud) -> None:
    call = callers.ring(callers.doctor, callers.patient)["callId"]
    answer = callers.post(callers.patient, call, "answer")
    assert (answer["state"], answer["roomRole"], answer["waiting"]) == ("active", "guest", False)
    assert answer["answeredAt"] is not None
    assert cloud.vendor("/hundredms/_token", {"token": answer["authToken"]}) == {"fault": ""}
    again = callers.post(callers.patient, call, "answer")
    assert again["answeredAt"] == answer["answeredAt"]


def test_it_is_not_others(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient)["callId"]
    for who in (callers.nurse, callers.stranger, callers.admin):
        refused(api.as_(who).post(f"/calls/{call}/answer"), 404, "NOT_FOUND")


def test_it_is_over(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient)["callId"]
    callers.post(callers.doctor, call, "end")
    refused(api.as_(callers.patient).post(f"/calls/{call}/answer"), 409, "CALL_OVER")


def test_a_recorded_call_asks_first(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient, callers.nurse)["callId"]
    callers.post(callers.patient, call, "answer")
    callers.agree(call)
    callers.post(callers.doctor, call, "record", {"action": "start"})
    refused(api.as_(callers.nurse).post(f"/calls/{call}/answer"), 422, "CONSENT_REQUIRED")
    callers.post(callers.nurse, call, "consent", {"recording": True})
    assert callers.post(callers.nurse, call, "answer")["authToken"]
    callers.post(callers.doctor, call, "end")
