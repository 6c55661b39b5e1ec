"""The schedule that erases calls whose retention is over."""

from datetime import UTC, datetime, timedelta

from shared.ai.speech import Segment
from shared.ai.transcripts import Transcript, transcript_id
from shared.calls.documents import Call, CallLog, Recording, log_id
from shared.store import new_id
from tests.client import refused
from tests.functions.calls.conftest import callers  # noqa: F401 - fixture

THEN = datetime.now(UTC) - timedelta(days=7 * 366 + 1)


def run(callers) -> None:  # noqa: F811 - fixture
    answer = callers.cloud.machine(callers.api, "schedule", "expire_calls").post("/schedules/expire_calls")
    assert answer.status == 204, answer


def over(callers, **changes) -> str:  # noqa: F811 - fixture
    """A call that is over, with a recording and a transcript; its id."""
    call = callers.talk()
    callers.post(callers.doctor, call, "end")
    unit = callers.cloud.unit()
    stored, recording = unit.get(Call, call), new_id()
    unit.create(
        Recording(
            id=recording, call_id=call, patient_id=stored.patient_id, state="stored", room_id=stored.room_id,
            vendor_id="beam", object_name="recordings/none", file_id=new_id(), started_by=callers.doctor.id,
            started_at=unit.now, updated_at=unit.now,
        )
    )  # fmt: skip
    unit.create(
        Transcript(
            id=transcript_id("calls", call), ref_kind="calls", ref_id=call, patient_id=stored.patient_id, state="done",
            segments=[Segment(start=0, end=1, text="My knee hurts.")], text="My knee hurts.", summary="A knee.",
            scribe_allowed=True, created_at=unit.now, updated_at=unit.now,
        )
    )  # fmt: skip
    unit.update(stored, recording_ids=[recording], **changes)
    unit.commit()
    return call


def state(callers, call: str) -> tuple:  # noqa: F811 - fixture
    """What is left of a call: people, words, and in whose lists it is."""
    unit = callers.cloud.unit()
    stored, transcript = unit.get(Call, call), unit.get(Transcript, transcript_id("calls", call))
    listed = [
        call in {row["callId"] for row in callers.api.as_(who).get("/call-logs", params={"limit": 100})["data"]}
        for who in (callers.doctor, callers.patient)
    ]
    of_patient = {"patientId": callers.patient.patient_id, "limit": 100}
    rows = callers.api.as_(callers.nurse).get("/call-logs", params=of_patient)["data"]
    listed.append(call in {row["callId"] for row in rows})
    return stored.erased, len(stored.participants), transcript.text, len(transcript.segments), *listed


WHOLE = (False, 2, "My knee hurts.", 1, True, True, True)
GONE = (True, 0, "", 0, False, False, False)


def test_who_talked_and_what_was_said_is_erased_but_not_under_a_hold(callers, world) -> None:  # noqa: F811 - fixture
    fresh, old = over(callers), over(callers, created_at=THEN)
    admin = callers.api.as_(world.admin)
    held = admin.post("/admin/legal-holds", {"patientId": callers.patient.patient_id, "reason": "Subpoena"})
    assert held.status == 201, held
    run(callers)
    assert (state(callers, fresh), state(callers, old)) == (WHOLE, WHOLE)
    assert admin.delete(f"/admin/legal-holds/{held['id']}").status in {200, 204}
    run(callers)
    assert (state(callers, fresh), state(callers, old)) == (WHOLE, GONE)
    for who in (callers.doctor, callers.patient, callers.admin):
        refused(callers.api.as_(who).get(f"/calls/{old}"), 404, "NOT_FOUND")
    unit = callers.cloud.unit()
    # The tombstone: that there was a call, when, and how long.
    left = unit.get(Call, old)
    assert (left.state, left.created_at, left.duration_seconds is not None) == ("ended", THEN, True)
    assert (left.initiated_by, left.patient_id, left.room_id, left.erased_at is not None) == ("", None, "", True)
    assert left.names == {}
    log = unit.get(CallLog, log_id(old, callers.doctor.id))
    assert (log.user_id, log.peer_ids, log.patient_id, log.status) == ("", [], None, "answered")
    assert log.names == {}
    recording = unit.get(Recording, left.recording_ids[0])
    assert (recording.state, recording.vendor_id, recording.room_id) == ("erased", None, "")
    run(callers)


def test_only_the_scheduler(api, world) -> None:
    refused(api.post("/schedules/expire_calls"), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post("/schedules/expire_calls"), 401, "TOKEN_INVALID")
