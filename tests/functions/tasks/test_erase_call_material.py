"""The worker that erases what was made of calls."""

from datetime import timedelta

from shared.ai.transcripts import Transcript, transcript_id
from shared.files.documents import AnyFile, FileRecord
from shared.store import new_id
from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.calls.conftest import callers  # noqa: F401 - fixture


def test_nothing_while_everybody_agrees(callers, cloud) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    recording = callers.recorded(call)
    assert callers.run("erase_call_material", call).status == 204
    assert cloud.unit().get(FileRecord, recording.file_id) is not None


def test_under_a_legal_hold_it_is_only_out_of_reach(api, callers, cloud, world) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    recording = callers.recorded(call)
    key = transcript_id("calls", call)
    eventually(lambda: (t := cloud.unit().get(Transcript, key)) and t.state == "done", "a transcript")
    held = api.as_(world.admin).post(
        "/admin/legal-holds", {"patientId": callers.patient.patient_id, "reason": "Subpoena"}
    )
    callers.post(callers.patient, call, "consent", {"recording": False, "scribe": False})
    callers.until(recording.id, "erased")
    kept = cloud.unit().get(AnyFile, recording.file_id, deleted=True)
    assert kept.deleted
    assert kept.erased_at is None
    transcript = cloud.unit().get(Transcript, key)
    assert (transcript.state, transcript.scribe_allowed, bool(transcript.text)) == ("failed", False, True)
    refused(api.as_(callers.doctor).get(f"/files/{recording.file_id}/download"), 404, "NOT_FOUND")
    refused(api.as_(callers.doctor).post(f"/calls/{call}/transcribe"), 422, "CONSENT_REQUIRED")
    assert api.as_(world.admin).delete(f"/admin/legal-holds/{held['id']}").status in {200, 204}


def test_the_vendor_is_down(callers) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    room = callers.stored(call).room_id
    made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
    callers.until(made, "recording")
    callers.failing("503", on=room, times=0)
    callers.post(callers.patient, call, "consent", {"recording": False})
    refused(callers.run("erase_call_material", call), 503, "CALLS_UNAVAILABLE")
    callers.failing(None, on=room)
    assert callers.run("erase_call_material", call).status == 204
    callers.until(made, "erased")


def test_the_store_is_down(callers, cloud) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    recording = callers.recorded(call)
    # Withdrawn by a write that starts no worker, so that ours is the only one.
    parts = [p.model_copy(update={"recording": False}) for p in callers.stored(call).participants]
    callers.rewind(call, participants=parts)
    with configured(STORAGE_EMULATOR_HOST="http://127.0.0.1:9", STORAGE_TIMEOUT_SECONDS="0.5"):
        refused(callers.run("erase_call_material", call), 503, "STORAGE_UNAVAILABLE")
    assert callers.run("erase_call_material", call).status == 204
    assert cloud.unit().get(FileRecord, recording.file_id) is None


def test_agreed_to_again_what_was_made_before_goes_all_the_same(callers, cloud) -> None:  # noqa: F811 - fixture
    call = callers.talk(consent=True)
    recording = callers.recorded(call)
    key = transcript_id("calls", call)
    eventually(lambda: (t := cloud.unit().get(Transcript, key)) and t.state == "done", "a transcript")
    # Taken back and given again before the worker came, and recorded once more since.
    unit = cloud.unit()
    later = unit.create(recording.model_copy(update={"id": new_id(), "started_at": unit.now + timedelta(seconds=1)}))
    unit.commit()
    callers.rewind(call, withdrawn={"recording": unit.now}, recording_ids=[recording.id, later.id])
    assert callers.run("erase_call_material", call).status == 204
    assert (callers.until(recording.id, "erased").id, callers.until(later.id, "stored").id) == (recording.id, later.id)
    assert cloud.unit().get(FileRecord, recording.file_id) is None
    assert cloud.unit().get(Transcript, key).text == ""
    assert callers.stored(call).withdrawn == {}
