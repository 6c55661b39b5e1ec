"""POST /calls/webhook."""

import uuid
from datetime import UTC, datetime, timedelta

from tests.client import refused


def at(seconds: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=5) + timedelta(seconds=seconds)).isoformat()


def present(callers, call) -> bool:
    part = callers.stored(call).part(callers.patient.id)
    return part.present


def test_without_the_secret(api, callers) -> None:
    call, body = callers.talk(), {"id": str(uuid.uuid4()), "type": "session.close.success", "data": {}}
    for headers in ({}, {"X-Webhook-Secret": "wrong"}, {"X-Webhook-Secret": ""}):
        refused(api.post("/calls/webhook", body, headers=headers), 401, "SIGNATURE_INVALID")
    assert callers.event(call, "session.close.success", secret="guess")["status"] == 401
    assert callers.stored(call).state == "active"


def test_presence_in_any_order_and_twice(callers) -> None:
    call, who = callers.talk(), {"user_id": callers.patient.id}
    sent = callers.event(call, "peer.join.success", data={**who, "joined_at": at(0)})
    assert sent["status"] == 204
    assert present(callers, call)
    assert callers.event(call, "peer.leave.success", data={**who, "left_at": at(60)})["status"] == 204
    assert not present(callers, call)
    # The join once more, and one that is older than the leave.
    assert callers.event(call, "peer.join.success", id=sent["id"], data={**who, "joined_at": at(90)})["status"] == 204
    assert callers.event(call, "peer.join.success", data={**who, "joined_at": at(30)})["status"] == 204
    assert not present(callers, call)
    assert callers.event(call, "peer.join.success", data={**who, "joined_at": "yesterday"})["status"] == 204


def test_everybody_left(callers) -> None:
    call = callers.talk()
    callers.rewind(call, answered_at=datetime.now(UTC) - timedelta(minutes=1))
    # The end of an earlier session is not this one's.
    callers.event(call, "session.close.success", timestamp=at(0))
    assert callers.stored(call).state == "active"
    callers.event(call, "session.close.success")
    assert callers.stored(call).state == "ended"
    callers.event(call, "session.close.success")


def test_what_says_nothing_to_us(api, callers, cloud) -> None:
    call = callers.talk()
    for kind in ("role.change.success", "peer.join.success"):
        assert callers.event(call, kind, data={"user_id": "nobody"})["status"] == 204
    body = {"room": "no such room", "type": "peer.join.success"}
    assert cloud.vendor("/hundredms/_event", body)["status"] == 204
    headers = {"X-Webhook-Secret": cloud.environ["HUNDRED_MS_WEBHOOK_SECRET"]}
    refused(api.post("/calls/webhook", {"type": "x"}, headers=headers), 400, "VALIDATION_ERROR")
    unknown = {"id": str(uuid.uuid4()), "type": "role.change.success", "timestamp": at(0), "data": {}}
    assert api.post("/calls/webhook", unknown, headers=headers).status == 204


def test_a_recording_from_elsewhere_is_not_fetched(callers) -> None:
    call = callers.talk(consent=True)
    made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
    running = callers.until(made, "recording")
    for link in ("http://169.254.169.254/latest", "https://100ms.live.example.com/x", "file:///etc/passwd", 7):
        callers.event(call, "beam.recording.success", data={"recording_presigned_url": link})
        assert callers.until(made, "recording").source_url is None
    callers.event(call, "beam.failure", data={"job_id": running.vendor_id})
    assert callers.until(made, "failed")
    assert not callers.stored(call).recording_on
