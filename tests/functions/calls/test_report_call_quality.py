"""POST /calls/{callId}/quality."""

import pytest

from shared.calls.documents import QUALITY_OF_CALL
from tests.client import refused


@pytest.mark.parametrize(("measured", "verdict"), [
    ({"packetLossPercent": 0.4, "roundTripMs": 62}, "good"), ({"stage": "before", "roundTripMs": 450}, "fair"),
    ({"score": 1}, "poor"), ({"score": 3}, "fair"), ({"jitterMs": 150}, "poor"), ({}, "good"),
])  # fmt: skip
def test_what_it_means(callers, cloud, measured, verdict) -> None:
    call = callers.talk()
    assert callers.post(callers.patient, call, "quality", measured)["verdict"] == verdict
    (kept,) = cloud.unit().find(QUALITY_OF_CALL, callId=call, limit=5)
    assert kept.user_id == callers.patient.id
    # A poor one is told to the others.
    of_call = (row.to_dict() for row in cloud.stored("events", "ids.callId", call))
    told = [event["userIds"] for event in of_call if event["event"] == "call:quality"]
    assert told == ([[callers.doctor.id]] if verdict == "poor" else [])


def test_it_is_not_others(api, callers) -> None:
    call = callers.talk()
    for who in (callers.stranger, callers.nurse):
        refused(api.as_(who).post(f"/calls/{call}/quality", {"score": 5}), 404, "NOT_FOUND")
