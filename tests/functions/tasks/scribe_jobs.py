"""Jobs of the scribe for tests of its workers: entered in the ledger, but in no queue, so that the test runs them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.ai.speech import Segment
from shared.ai.transcripts import Transcript, transcript_id
from shared.jobs import Job
from shared.scribe.documents import Generation
from shared.store import Unit, new_id
from tests.client import Answer, Api, refused
from tests.functions.scribe.conftest import VISIT, Practice

TALK = "\n".join(f"{'Doctor' if who == 'D' else 'Patient'}: {text}" for who, text in VISIT)


class Worker:
    """One worker, called as Cloud Tasks calls it."""

    def __init__(self, practice: Practice, api: Api, name: str) -> None:
        self.practice, self.name = practice, name
        self.machine = practice.cloud.machine(api, "task", name)

    def job(self, *, running: bool = False, **fields: Any) -> str:
        """A job of this worker; its id."""
        unit, now = self.practice.cloud.unit(), datetime.now(UTC)
        known = {"requested_by": self.practice.doctor.id, "patient_id": self.practice.patient.patient_id}
        generation = unit.create(Generation(id=new_id(), created_at=now, **{**known, **fields}))
        job = Job(
            id=new_id(),
            kind=self.name,
            owner_id=generation.requested_by,
            ref=generation.id,
            created_at=now,
            updated_at=now,
        )
        if running:
            job = job.model_copy(update={"status": "running", "attempts": 1, "lease_until": now + timedelta(minutes=5)})
        unit.create(job)
        unit.commit()
        return job.id

    def transcript(self, **fields: Any) -> str:
        """A transcript of a call of the patient; the call's id."""
        call_id, unit, now = new_id(), self.practice.cloud.unit(), datetime.now(UTC)
        spoken = {"D": "clinician", "P": "patient"}
        segments = [Segment(start=n, end=n + 1, speaker=spoken[who], text=text) for n, (who, text) in enumerate(VISIT)]
        unit.create(
            Transcript(
                id=transcript_id("calls", call_id), ref_kind="calls", ref_id=call_id, created_at=now, updated_at=now,
                patient_id=self.practice.patient.patient_id,
                **{"state": "done", "scribe_allowed": True, "segments": segments, **fields},
            )
        )  # fmt: skip
        unit.commit()
        return call_id

    def run(self, job_id: str) -> Answer:
        return self.machine.post(f"/tasks/{self.name}", {"id": job_id})

    def done(self, job_id: str) -> tuple[Job, Generation]:
        """The job and its ledger entry as they are now."""
        unit = self.practice.cloud.unit()
        job = unit.get(Job, job_id)
        assert job is not None
        entry = unit.get(Generation, job.ref)
        assert entry is not None
        return job, entry

    def done_by_somebody_before_the_commit(
        self, patch: pytest.MonkeyPatch, act: Callable[[], Any], *, times: int = 1
    ) -> list[int]:
        """Let `act` happen between the worker's last reads and its commit of what came of the work, so often.

        Returns a list that has an entry for each time.
        """
        real, seen = Unit.commit, list[int]()

        def commit(unit: Unit, **how: bool) -> None:
            if len(seen) < times and any(entry.outcome != "queued" for entry in unit.pending(Generation)):
                seen.append(len(seen))
                act()
            real(unit, **how)

        patch.setattr(Unit, "commit", commit)
        return seen

    def gives_back_and_gives_up(self, gemini: Any, **fields: Any) -> None:
        """While the vendor does not answer the queue is told to come back, twice; then the job has failed."""
        job_id = self.job(**fields)
        gemini.fail("503", 99)
        for attempt in (1, 2):
            refused(self.run(job_id), 503, "AI_UNAVAILABLE")
            job, entry = self.done(job_id)
            assert (job.status, job.attempts, entry.outcome) == ("queued", attempt, "queued")
        assert self.run(job_id).status == 204
        job, entry = self.done(job_id)
        assert (job.status, job.error_code, job.error_reason) == ("failed", "EXTERNAL_SERVICE_ERROR", "AI_UNAVAILABLE")
        assert (entry.outcome, entry.failure, entry.note_id if entry.kind == "note" else None) == (
            "failed",
            "AI_UNAVAILABLE",
            None,
        )
        gemini.reset()
        assert self.run(job_id).status == 204
        assert gemini.calls == []

    def leaves_alone_what_another_does(self, **fields: Any) -> None:
        """Somebody else holds the job: the queue comes back, in case they die."""
        job_id = self.job(running=True, **fields)
        refused(self.run(job_id), 503, "WORK_IN_PROGRESS")
        assert self.done(job_id)[0].status == "running"
