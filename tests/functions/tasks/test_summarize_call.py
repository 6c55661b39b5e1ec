"""The worker that summarises calls."""

import pytest

from tests.functions.scribe.conftest import gemini, practice  # noqa: F401 - fixtures
from tests.functions.tasks.scribe_jobs import TALK, Worker


@pytest.fixture
def worker(practice, api) -> Worker:  # noqa: F811
    return Worker(practice, api, "summarize_call")


def test_the_text_is_not_kept(worker, gemini) -> None:  # noqa: F811
    job_id = worker.job(kind="call_summary", context=TALK)
    assert worker.run(job_id).status == 204
    job, entry = worker.done(job_id)
    assert (job.status, entry.outcome, entry.context) == ("done", "done", None)
    assert {s.section for s in entry.sentences} == {"summary", "keyPoints", "actionItems"}


def test_consent_that_was_withdrawn_meanwhile(worker, gemini) -> None:  # noqa: F811
    job_id = worker.job(kind="call_summary", call_id=worker.transcript(scribe_allowed=False))
    assert worker.run(job_id).status == 204
    assert worker.done(job_id)[0].error_reason == "CONSENT_REQUIRED"
    assert gemini.calls == []


def test_the_vendor_does_not_answer(worker, gemini) -> None:  # noqa: F811
    worker.gives_back_and_gives_up(gemini, kind="call_summary", context=TALK)


def test_another_worker_has_it(worker) -> None:
    worker.leaves_alone_what_another_does(kind="call_summary", context=TALK)
