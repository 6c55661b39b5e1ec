"""The worker that makes suggestions."""

import pytest

from shared.notes.documents import ClinicalNote
from tests.functions.scribe.conftest import drafted, gemini, practice  # noqa: F401 - fixtures
from tests.functions.tasks.scribe_jobs import Worker


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


def test_the_vendor_does_not_answer(worker, drafted, gemini) -> None:  # noqa: F811
    worker.gives_back_and_gives_up(gemini, **fields(worker, drafted))


def test_another_worker_has_it(worker, drafted) -> None:  # noqa: F811
    worker.leaves_alone_what_another_does(**fields(worker, drafted))
