"""POST /calls/{callId}/consent."""

import pytest

from shared.ai.transcripts import Transcript, transcript_id
from shared.files.documents import AnyFile, FileRecord
from shared.notes.documents import ClinicalNote
from shared.scribe.documents import Generation
from tests.client import refused
from tests.conftest import eventually


def note(api, callers, call, **fields):
    body = {"patientId": callers.patient.patient_id, "callId": call, "templateType": "soap",
            "sections": {"subjective": "Headache.", "objective": "-", "assessment": "-", "plan": "Rest."}}  # fmt: skip
    answer = api.as_(callers.doctor).post("/clinical-notes", body | fields)
    assert answer.status == 201, answer
    return answer["id"]


def test_it_is_kept_and_told(api, callers) -> None:
    call = callers.talk()
    answer = callers.post(callers.doctor, call, "consent", {"recording": True})
    assert (answer["recording"], answer["scribe"]) == (False, False)
    answer = callers.post(callers.patient, call, "consent", {"recording": True, "scribe": True, "textVersion": "v3"})
    assert (answer["recording"], answer["scribe"]) == (True, False)
    # Said again, nothing is written but that it was said.
    part = callers.stored(call).part(callers.patient.id)
    callers.post(callers.patient, call, "consent", {"recording": True})
    assert callers.stored(call).part(callers.patient.id) == part
    # The patient's own are among their consents, also taken back.
    path = f"/patients/{callers.patient.patient_id}/consents"
    mine = [c for c in api.as_(callers.patient).get(path)["data"] if c["refId"] == call]
    assert {(c["kind"], c["action"], c["textVersion"]) for c in mine} == {
        ("recording", "given", "v3"), ("ai_scribe", "given", "v3"),
    }  # fmt: skip
    callers.post(callers.patient, call, "consent", {"scribe": False})
    mine = [c for c in api.as_(callers.patient).get(path)["data"] if c["refId"] == call]
    assert [(c["kind"], c["action"]) for c in mine if c["kind"] == "ai_scribe"] == [
        ("ai_scribe", "withdrawn"), ("ai_scribe", "given"),
    ]  # fmt: skip


def test_it_is_not_others(api, callers) -> None:
    call = callers.talk()
    for who in (callers.nurse, callers.stranger, callers.admin):
        refused(api.as_(who).post(f"/calls/{call}/consent", {"recording": True}), 404, "NOT_FOUND")
    refused(api.as_(callers.doctor).post(f"/calls/{call}/consent", {}), 400, "VALIDATION_ERROR")


def test_by_google_meet_it_would_stand_for_nothing(api, callers) -> None:
    call = callers.talk()
    callers.rewind(call, provider="meet")
    refused(api.as_(callers.patient).post(f"/calls/{call}/consent", {"recording": False}), 409, "CALL_BY_MEET")


def on_the_call(api, callers, call) -> None:
    assert callers.post(callers.patient, call, "consent", {"recording": False}).trips <= 3


def among_the_consents(api, callers, call) -> None:
    path = f"/patients/{callers.patient.patient_id}/consents"
    (entry,) = [c for c in api.as_(callers.patient).get(path)["data"] if (c["refId"], c["kind"]) == (call, "recording")]
    taken = api.as_(callers.patient).delete(f"{path}/{entry['id']}")
    assert (taken.status, taken["action"]) == (200, "withdrawn")
    assert taken.trips <= 3
    refused(api.as_(callers.patient).delete(f"{path}/{entry['id']}"), 409, "ALREADY_DONE")
    part = callers.stored(call).part(callers.patient.id)
    assert (part.recording, part.recording_consent_id, part.scribe) == (False, None, True)


@pytest.mark.parametrize("taken_back", [on_the_call, among_the_consents])
def test_taken_back_on_the_call_recording_stops_and_nothing_is_kept(api, callers, taken_back) -> None:
    call = callers.talk(consent=True)
    made = callers.post(callers.doctor, call, "record", {"action": "start"})["recordingId"]
    callers.until(made, "recording")
    taken_back(api, callers, call)
    assert not callers.stored(call).recording_on
    erased = callers.until(made, "erased")
    (room,) = [r for r in callers.rooms() if r["id"] == erased.room_id]
    assert [r["status"] for r in room["recordings"]] == ["completed"]
    refused(api.as_(callers.doctor).get(f"/files/{erased.file_id}/download"), 404, "NOT_FOUND")
    refused(api.as_(callers.doctor).post(f"/calls/{call}/record", {"action": "start"}), 422, "CONSENT_REQUIRED")
    assert callers.stored(call).state == "active"


def test_taken_back_afterwards_what_was_made_is_erased_but_never_a_signed_note(api, callers, cloud) -> None:
    call = callers.talk(consent=True)
    recording = callers.recorded(call)
    key = transcript_id("calls", call)

    def transcript():
        return cloud.unit().get(Transcript, key)

    eventually(lambda: (found := transcript()) and found.state == "done", "a transcript")
    draft, signed = note(api, callers, call), note(api, callers, call)
    written = api.as_(callers.doctor).post("/scribe/generate-note", {"callId": call, "templateType": "soap"})
    assert written["sentences"], written
    password = {"password": callers.doctor.password}
    assert api.as_(callers.doctor).post(f"/clinical-notes/{signed}/sign", password).status == 200
    callers.post(callers.patient, call, "consent", {"scribe": False})
    eventually(lambda: transcript().text == "", "the transcript's end")
    assert (transcript().state, transcript().segments, transcript().scribe_allowed) == ("failed", [], False)
    eventually(lambda: cloud.unit().get(ClinicalNote, draft) is None, "the draft's end")
    assert cloud.unit().get(ClinicalNote, signed).is_signed
    # What was generated is gone from the draft, its history, and the ledger.
    unit = cloud.unit()
    eventually(lambda: cloud.unit().get(ClinicalNote, written["id"]).erased, "the end of what was generated")
    assert unit.get(ClinicalNote, written["id"]).sections == {}
    assert unit.get(Generation, written["generationId"]).sentences == []
    refused(api.as_(callers.doctor).get(f"/clinical-notes/{written['id']}"), 404, "NOT_FOUND")
    refused(api.as_(callers.doctor).post(f"/calls/{call}/transcribe"), 422, "CONSENT_REQUIRED")
    # The recording itself was agreed to, until now.
    assert api.as_(callers.doctor).get(f"/files/{recording.file_id}/download").status == 200
    callers.post(callers.doctor, call, "consent", {"recording": False})
    callers.until(recording.id, "erased")
    assert cloud.unit().get(AnyFile, recording.file_id, deleted=True).erased_at is not None
    assert cloud.unit().get(FileRecord, recording.file_id) is None
    assert callers.run("erase_call_material", call).status == 204
