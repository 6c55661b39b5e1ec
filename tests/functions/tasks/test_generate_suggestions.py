"""The worker that makes suggestions."""

import pytest

from shared.context import SETTLING_ATTEMPTS
from shared.notes.documents import ClinicalNote
from tests.client import refused
from tests.functions.scribe.conftest import drafted, gemini, practice  # noqa: F401 - fixtures
from tests.functions.tasks.scribe_jobs import Worker
from tests.world import PASSWORD


@pytest.fixture
def worker(practice, api) -> Worker:  # noqa: F811
    return Worker(practice, api, "generate_suggestions")


def fields(worker, note) -> dict:
    chat_id = worker.practice.ledger(note["generationId"]).chat_id
    return {"kind": "suggestions", "note_id": note["id"], "chat_id": chat_id, "section": "plan"}


def test_they_are_added_to_the_note_once(worker, gemini) -> None:  # noqa: F811
    note = worker.practice.note()
    job_id = worker.job(**fields(worker, note))
    for _ in range(2):
        assert worker.run(job_id).status == 204
    job, entry = worker.done(job_id)
    assert (job.status, len(entry.suggestion_ids)) == ("done", 1)
    stored = worker.practice.cloud.unit().get(ClinicalNote, note["id"])
    assert stored.suggestion_ids[-1:] == entry.suggestion_ids
    assert len(stored.suggestion_ids) == len(note["suggestions"]) + 1


def test_a_note_that_is_edited_meanwhile_costs_no_second_call(api, worker, gemini, monkeypatch) -> None:  # noqa: F811
    note, doctor = worker.practice.note(), api.as_(worker.practice.doctor)
    job_id = worker.job(**fields(worker, note))
    calls = len(gemini.calls)

    def edit() -> None:
        saved = doctor.put(f"/clinical-notes/{note['id']}", {"sections": {"objective": "Tonsils red."}})
        assert saved.status == 200, saved

    seen = worker.done_by_somebody_before_the_commit(monkeypatch, edit)
    assert worker.run(job_id).status == 204
    job, entry = worker.done(job_id)
    assert (seen, job.status, entry.outcome, len(gemini.calls)) == ([0], "done", "done", calls + 1)
    stored = worker.practice.cloud.unit().get(ClinicalNote, note["id"])
    assert stored.sections["objective"] == "Tonsils red."
    assert stored.suggestion_ids[-1:] == entry.suggestion_ids


def test_a_note_that_is_signed_meanwhile_takes_none(api, worker, gemini, monkeypatch) -> None:  # noqa: F811
    note, doctor = worker.practice.note(templateType="dap"), api.as_(worker.practice.doctor)
    job_id = worker.job(**fields(worker, note))
    calls = len(gemini.calls)

    def sign() -> None:
        assert doctor.post(f"/clinical-notes/{note['id']}/sign", {"password": PASSWORD}).status == 200

    worker.done_by_somebody_before_the_commit(monkeypatch, sign)
    assert worker.run(job_id).status == 204
    job, entry = worker.done(job_id)
    assert (job.status, entry.failure, entry.suggestion_ids) == ("failed", "NOT_FOUND", [])
    assert len(gemini.calls) == calls + 1
    assert doctor.get(f"/clinical-notes/{note['id']}/verify")["valid"] is True


def test_who_never_gets_through_lets_go_of_the_job(api, worker, gemini, monkeypatch) -> None:  # noqa: F811
    note, doctor = worker.practice.note(), api.as_(worker.practice.doctor)
    job_id = worker.job(**fields(worker, note))
    versions = iter(range(1, 100))

    def edit() -> None:
        doctor.put(f"/clinical-notes/{note['id']}", {"sections": {"objective": f"Pain {next(versions)} of 10."}})

    with monkeypatch.context() as patch:
        seen = worker.done_by_somebody_before_the_commit(patch, edit, times=99)
        refused(worker.run(job_id), 503, "WORK_IN_PROGRESS")
    assert len(seen) == SETTLING_ATTEMPTS
    assert worker.done(job_id)[0].status == "queued"
    assert worker.run(job_id).status == 204
    assert worker.done(job_id)[0].status == "done"


def test_the_vendor_does_not_answer(worker, drafted, gemini) -> None:  # noqa: F811
    worker.gives_back_and_gives_up(gemini, **fields(worker, drafted))


def test_another_worker_has_it(worker, drafted) -> None:  # noqa: F811
    worker.leaves_alone_what_another_does(**fields(worker, drafted))
