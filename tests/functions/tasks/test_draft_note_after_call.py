"""The worker that prepares notes after calls."""

import pytest

from shared.config import settings
from shared.context import Context, Trail
from shared.jobs import Job
from shared.notes.documents import ClinicalNote
from shared.scribe.after_calls import draft_after_call
from shared.scribe.documents import automatic_id
from shared.store.outbox import OutboxEntry
from tests.functions.scribe.conftest import gemini, practice  # noqa: F401 - fixtures
from tests.functions.tasks.scribe_jobs import Worker


@pytest.fixture
def worker(practice, api) -> Worker:  # noqa: F811
    return Worker(practice, api, "draft_note_after_call")


def asked(worker, call_id: str, by=None) -> str | None:
    """What calls do when a transcript is done; the job stays out of the queue, and is run by the test."""
    unit = worker.practice.cloud.unit()
    ctx = Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test")
    doctor = by or worker.practice.doctor
    made = draft_after_call(ctx, call_id=call_id, patient_id=worker.practice.patient.patient_id, clinician_id=doctor.id)
    for entry in unit.pending(OutboxEntry):
        assert (entry.job, entry.ref) == ("draft_note_after_call", automatic_id(call_id, doctor.id))
        unit.remove(OutboxEntry, entry.id)
    unit.commit()
    return made


def test_a_draft_is_ready_after_the_call(worker, gemini) -> None:  # noqa: F811
    call_id = worker.transcript()
    job_id = asked(worker, call_id)
    assert asked(worker, call_id) is None, "once for a call"
    assert worker.run(job_id).status == 204
    job, entry = worker.done(job_id)
    assert (job.status, job.owner_id) == ("done", worker.practice.doctor.id)
    note = worker.practice.cloud.unit().get(ClinicalNote, entry.note_id)
    assert (note.origin, note.call_id, note.created_by) == ("auto_scribe", call_id, worker.practice.doctor.id)


def test_not_for_whoever_has_it_switched_off(api, world, worker, gemini) -> None:  # noqa: F811
    doctor = world.doctor()
    world.join_care_team(worker.practice.patient.patient_id, doctor, by=worker.practice.patient)
    ready = asked(worker, worker.transcript(), by=doctor)
    assert api.as_(doctor).put("/users/me/preferences", {"autoScribe": False}).status == 200
    assert asked(worker, worker.transcript(), by=doctor) is None
    assert worker.run(ready).status == 204
    assert worker.done(ready)[0].status == "failed", "switched off before it was written"
    assert gemini.calls == []


def test_not_without_everybodys_consent(worker, gemini) -> None:  # noqa: F811
    job_id = asked(worker, worker.transcript(scribe_allowed=False))
    assert worker.run(job_id).status == 204
    assert worker.done(job_id)[0].error_reason == "CONSENT_REQUIRED"
    assert worker.practice.cloud.unit().get(Job, job_id).attempts == 1
    assert gemini.calls == []


def test_the_vendor_does_not_answer(worker, gemini) -> None:  # noqa: F811
    call_id = worker.transcript()
    worker.gives_back_and_gives_up(gemini, kind="note", automatic=True, call_id=call_id, template_type="soap")


def test_another_worker_has_it(worker) -> None:
    worker.leaves_alone_what_another_does(kind="note", automatic=True, call_id=worker.transcript())
