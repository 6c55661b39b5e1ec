"""Consent that is taken back: what the scribe made of a call goes, what was signed stays."""

from shared.ai.transcripts import Transcript, transcript_id
from shared.config import settings
from shared.context import Context, Trail
from shared.notes.documents import ClinicalNote, NoteVersion, version_id
from shared.scribe.documents import Suggestion
from shared.scribe.erasing import erase_of_call, shut
from tests.client import refused
from tests.functions.scribe.conftest import gemini, practice  # noqa: F401 - fixtures
from tests.functions.tasks.scribe_jobs import Worker
from tests.world import PASSWORD


def erased(practice, call_id: str) -> None:  # noqa: F811
    unit = practice.cloud.unit()
    ctx = Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test")
    shut(ctx, call_id, keep=False)
    unit.commit()
    erase_of_call(ctx, call_id, between=unit.commit)
    unit.commit()


def test_drafts_go_and_signed_notes_stay(api, practice, gemini) -> None:  # noqa: F811
    worker = Worker(practice, api, "generate_note")
    call_id = worker.transcript()
    notes = []
    for _ in range(2):
        job_id = worker.job(kind="note", call_id=call_id, template_type="dap")
        assert worker.run(job_id).status == 204
        notes.append(worker.done(job_id)[1])
    draft, signed = (str(entry.note_id) for entry in notes)
    doctor = api.as_(practice.doctor)
    assert doctor.post(f"/clinical-notes/{signed}/sign", {"password": PASSWORD}).status == 200
    for _ in range(2):
        erased(practice, call_id)

    unit = practice.cloud.unit()
    transcript = unit.get(Transcript, transcript_id("calls", call_id))
    assert (transcript.segments, transcript.summary, transcript.scribe_allowed) == ([], None, False)
    refused(doctor.get(f"/clinical-notes/{draft}"), 404, "NOT_FOUND")
    listed = doctor.get(f"/patients/{practice.patient.patient_id}/clinical-notes", params={"limit": 100})
    assert draft not in {row["id"] for row in listed["data"]}
    left, version = unit.get(ClinicalNote, draft), unit.get(NoteVersion, version_id(draft, 1))
    assert (left.sections, left.created_by_name, left.erased, left.erased_at is not None) == ({}, "", True, True)
    assert (version.content.sections, version.saved_by_name) == ({}, "")
    kept = doctor.get(f"/clinical-notes/{signed}")
    assert "azithromycin 500 mg" in kept["sections"]["plan"]
    assert doctor.get(f"/clinical-notes/{signed}/verify")["valid"] is True
    for entry in notes:
        assert (practice.ledger(entry.id).sentences, practice.ledger(entry.id).erased) == ([], True)
        assert doctor.get(f"/clinical-notes/{signed}")["suggestions"] == []
        assert [unit.get(Suggestion, s).text for s in entry.suggestion_ids] == [""] * len(entry.suggestion_ids)
    job_id = worker.job(kind="note", call_id=call_id, template_type="dap")
    assert worker.run(job_id).status == 204
    assert worker.done(job_id)[0].error_reason == "CONSENT_REQUIRED"


def test_drafts_that_were_thrown_away_go_too(api, practice, gemini) -> None:  # noqa: F811
    worker = Worker(practice, api, "generate_note")
    call_id = worker.transcript()
    job_id = worker.job(kind="note", call_id=call_id, template_type="dap")
    assert worker.run(job_id).status == 204
    draft = str(worker.done(job_id)[1].note_id)
    doctor = api.as_(practice.doctor)
    assert doctor.delete(f"/clinical-notes/{draft}").status == 204
    erased(practice, call_id)
    left = practice.cloud.unit().get(ClinicalNote, draft, deleted=True)
    assert (left.sections, left.erased) == ({}, True)
    refused(doctor.get(f"/jobs/{job_id}"), 404, "NOT_FOUND")
