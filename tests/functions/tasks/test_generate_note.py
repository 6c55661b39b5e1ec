"""The worker that writes notes."""

import threading

import pytest

from shared.notes.documents import ClinicalNote
from shared.scribe.documents import note_id
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


def test_the_vendor_does_not_answer(worker, chat, gemini) -> None:  # noqa: F811
    worker.gives_back_and_gives_up(gemini, kind="note", chat_id=chat, template_type="soap")


def test_another_worker_has_it(worker, chat) -> None:
    worker.leaves_alone_what_another_does(kind="note", chat_id=chat, template_type="soap")
