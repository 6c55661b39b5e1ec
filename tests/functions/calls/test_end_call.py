"""POST /calls/{callId}/end."""

from datetime import UTC, datetime, timedelta

from tests.client import refused
from tests.conftest import eventually


def test_the_server_measures(api, callers) -> None:
    chat = api.as_(callers.doctor).post("/chats", {"type": "Direct", "participantIds": [callers.patient.id]})["id"]
    call = callers.talk()
    assert callers.stored(call).chat_id == chat
    callers.rewind(call, answered_at=datetime.now(UTC) - timedelta(minutes=15, seconds=30))
    log = callers.post(callers.patient, call, "end", {"duration": "99m 1s"})["callLog"]
    assert (log["id"], log["duration"], log["durationSeconds"]) == (call, "15m 30s", 930)
    assert (log["reportedDuration"], log["recordingUrl"]) == ("99m 1s", None)
    again = callers.post(callers.doctor, call, "end")
    assert (again["callLog"]["durationSeconds"], again.attempts) == (930, 1)

    def told():
        found = api.as_(callers.doctor).get(f"/chats/{chat}/messages")["data"]
        return [m for m in found if m["callId"] == call]

    (message,) = eventually(told, "a message of the call in the chat")
    assert (message["type"], message["callType"], message["content"]) == ("call_log", "video", "Video call, 15m 30s")
    # The task may come again.
    assert callers.run("finish_call", call).status == 204
    assert len(told()) == 1
    room = callers.stored(call).room_id
    assert [r["enabled"] for r in callers.rooms() if r["id"] == room] == [False]


def test_before_it_is_answered_it_is_missed(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient)["callId"]
    assert callers.post(callers.doctor, call, "end")["callLog"]["durationSeconds"] == 0
    (log, *_) = api.as_(callers.patient).get("/call-logs")["data"]
    assert (log["callId"], log["direction"], log["status"]) == (call, "missed", "missed")


def test_one_of_several_only_leaves(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.patient, callers.nurse)["callId"]
    for who in (callers.patient, callers.nurse):
        callers.post(who, call, "answer")
    callers.post(callers.patient, call, "end")
    assert callers.stored(call).state == "active"
    callers.post(callers.nurse, call, "end")
    assert callers.stored(call).state == "ended"


def test_it_is_not_others(api, callers) -> None:
    call = callers.talk()
    for who in (callers.stranger, callers.nurse, callers.admin):
        refused(api.as_(who).post(f"/calls/{call}/end"), 404, "NOT_FOUND")
    refused(api.as_(callers.doctor).post(f"/calls/{call}/end", {"duration": "long"}), 400, "VALIDATION_ERROR")
