"""The worker that has recordings started and stopped."""

from shared.store import new_id
from tests.client import refused
from tests.functions.calls.conftest import callers  # noqa: F401 - fixture


def test_the_vendor_is_down_and_comes_back(callers) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    room = callers.stored(call).room_id
    callers.failing("503", on=room, times=0)
    made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
    refused(callers.run("drive_recording", made), 503, "CALLS_UNAVAILABLE")
    callers.failing(None, on=room)
    assert callers.run("drive_recording", made).status == 204
    first = callers.until(made, "recording")
    # A repeat starts no second one.
    assert callers.run("drive_recording", made).status == 204
    assert callers.until(made, "recording").vendor_id == first.vendor_id


def test_one_that_runs_at_the_vendor_already_is_taken_over(callers, cloud) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
    running = callers.until(made, "recording")
    # As after a worker that died between the vendor's answer and its own commit.
    unit = cloud.unit()
    unit.update(running_of(unit, made), state="wanted", vendor_id=None)
    unit.commit()
    assert callers.run("drive_recording", made).status == 204
    assert callers.until(made, "recording").vendor_id == running.vendor_id
    callers.post(callers.doctor, call, "end")


def running_of(unit, made):
    from shared.calls.documents import Recording

    return unit.get(Recording, made)


def test_consent_is_asked_for_again(callers, cloud) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    room = callers.stored(call).room_id
    callers.failing("503", on=room, times=0)
    made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
    # Withdrawn while the vendor was away, by a write that stops nothing.
    stored = callers.stored(call)
    parts = [p.model_copy(update={"recording": False}) for p in stored.participants]
    callers.rewind(call, participants=parts)
    callers.failing(None, on=room)
    assert callers.run("drive_recording", made).status == 204
    callers.until(made, "failed")
    (known,) = [r for r in callers.rooms() if r["id"] == room]
    assert known["recordings"] == []


def test_one_begun_by_a_worker_that_died_is_stopped_when_nobody_agrees_any_more(callers, cloud) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
    room = callers.until(made, "recording").room_id
    unit = cloud.unit()
    unit.update(running_of(unit, made), state="wanted", vendor_id=None)
    unit.commit()
    parts = [p.model_copy(update={"recording": False}) for p in callers.stored(call).participants]
    callers.rewind(call, participants=parts)
    assert callers.run("drive_recording", made).status == 204
    callers.until(made, "failed")
    (known,) = [r for r in callers.rooms() if r["id"] == room]
    assert [r["status"] for r in known["recordings"]] == ["completed"]


def test_the_next_one_begins_when_the_one_before_has_stopped(callers, cloud) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
    first = callers.until(made, "recording")
    unit = cloud.unit()
    update = {"id": new_id(), "state": "wanted", "vendor_id": None}
    following = unit.create(first.model_copy(update=update))
    unit.commit()
    callers.rewind(call, recording_ids=[first.id, following.id])
    refused(callers.run("drive_recording", following.id), 503, "CALLS_UNAVAILABLE")
    unit = cloud.unit()
    unit.update(running_of(unit, first.id), state="stopping")
    unit.commit()
    assert callers.run("drive_recording", first.id).status == 204
    assert callers.run("drive_recording", following.id).status == 204
    assert callers.until(following.id, "recording").vendor_id != first.vendor_id
    callers.post(callers.doctor, call, "end")
