"""The worker that writes notes."""

import threading

import pytest

from shared.config import settings
from shared.context import Context, Trail
from shared.notes.documents import ClinicalNote
from shared.scribe.documents import note_id
from shared.scribe.erasing import shut
from shared.store.audit import AuditEntry
from shared.store.query import Query
from tests.functions.scribe.conftest import VISIT, gemini, practice  # noqa: F401 - fixtures
from tests.functions.tasks.scribe_jobs import Worker


@pytest.fixture
def worker(practice, api) -> Worker:  # noqa: F811
    return Worker(practice, api, "generate_note")


@pytest.fixture(scope="module")
def chat(practice) -> str:  # noqa: F811
    return practice.chat(*VISIT)


def test_it_writes_once_however_often_it_runs(worker, chat, gemini) -> None:  # noqa: F811
    job_id = worker.job(kind="note", chat_id=chat, template_type="apso")
    assert worker.run(job_id).status == 204
    job, entry = worker.done(job_id)
    assert (job.status, job.result_ref, entry.note_id) == ("done", entry.id, note_id(entry.id))
    assert worker.run(job_id).status == 204
    assert len(gemini.calls) == 1
    note = worker.practice.cloud.unit().get(ClinicalNote, str(entry.note_id))
    assert (note.version, note.template_type, note.created_by) == (1, "apso", worker.practice.doctor.id)


def test_two_at_the_same_time_write_one_note(worker, chat, gemini) -> None:  # noqa: F811
    job_id = worker.job(kind="note", chat_id=chat, template_type="soap")
    statuses: list[int] = []
    both = [threading.Thread(target=lambda: statuses.append(worker.run(job_id).status)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert 204 in statuses
    assert set(statuses) <= {204, 503}
    assert worker.done(job_id)[0].status == "done"


def test_who_asked_has_lost_access(worker, chat, gemini) -> None:  # noqa: F811
    job_id = worker.job(kind="note", chat_id=chat, template_type="soap", requested_by=worker.practice.stranger.id)
    assert worker.run(job_id).status == 204
    job, entry = worker.done(job_id)
    assert (job.status, job.error_reason, entry.failure) == ("failed", "NOT_FOUND", "NOT_FOUND")
    assert gemini.calls == []


def test_cancelled_at_the_last_moment_nothing_is_written(api, worker, chat, gemini, monkeypatch) -> None:  # noqa: F811
    job_id = worker.job(kind="note", chat_id=chat, template_type="soap")
    doctor = api.as_(worker.practice.doctor)
    worker.done_by_somebody_before_the_commit(monkeypatch, lambda: doctor.delete(f"/jobs/{job_id}"))
    assert worker.run(job_id).status == 204
    job, entry = worker.done(job_id)
    assert (job.status, entry.outcome, entry.sentences) == ("cancelled", "queued", [])
    assert worker.practice.cloud.unit().get(ClinicalNote, note_id(entry.id)) is None
    assert len(gemini.calls) == 1


def test_consent_taken_back_at_the_last_moment_leaves_no_note(worker, gemini, monkeypatch) -> None:  # noqa: F811
    call_id = worker.transcript()
    job_id = worker.job(kind="note", call_id=call_id, template_type="soap")

    def withdraw() -> None:
        unit = worker.practice.cloud.unit()
        shut(Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test"), call_id, keep=False)
        unit.commit()

    worker.done_by_somebody_before_the_commit(monkeypatch, withdraw)
    assert worker.run(job_id).status == 204
    job, entry = worker.done(job_id)
    assert (job.status, job.error_reason) == ("failed", "CONSENT_REQUIRED")
    assert (entry.sentences, worker.practice.cloud.unit().get(ClinicalNote, note_id(entry.id))) == ([], None)
    assert len(gemini.calls) == 1


def test_what_was_written_is_audited_with_it(worker, chat) -> None:
    job_id = worker.job(kind="note", chat_id=chat, template_type="soap")
    assert worker.run(job_id).status == 204
    note = str(worker.done(job_id)[1].note_id)
    query = Query("entries_of_note", AuditEntry, equal=("entityId",), order=("-committedAt",))
    found = worker.practice.cloud.unit().find(query, entityId=note, limit=5)
    assert [(e.action, e.status) for e in found] == [("GENERATE_NOTE", "success")]
    assert "clinicalNotes.sections" in found[0].changes
    assert found[0].patient_ids == [worker.practice.patient.patient_id]


def test_the_vendor_does_not_answer(worker, chat, gemini) -> None:  # noqa: F811
    worker.gives_back_and_gives_up(gemini, kind="note", chat_id=chat, template_type="soap")


def test_another_worker_has_it(worker, chat) -> None:
    worker.leaves_alone_what_another_does(kind="note", chat_id=chat, template_type="soap")
