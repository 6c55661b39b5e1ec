"""Jobs: slow work that somebody waits for.

`jobs/{id}` {kind, status: queued | running | done | failed | cancelled, ownerId, ref, resultRef, errorCode,
errorReason, askedBy, attempts, leaseUntil, createdAt, updatedAt}. The result is a reference to what the worker stored,
never the thing itself. A request starts a job and may wait for it: `return ctx.await_job(job.id, render)` answers 200
with the result, or 202 with the job when it takes longer (RESOLUTIONS: AI work is queued).
"""

import re
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final, Literal

from pydantic import Field

from shared import clients
from shared.config import Settings
from shared.context import Awaited, Context, reads_by_path
from shared.errors import AlreadyDone, ApiError, ExternalServiceError, NotFound, catalogue
from shared.http.answers import Model, Out
from shared.store.document import Document, new_id
from shared.store.unit import Unit

Status = Literal["queued", "running", "done", "failed", "cancelled"]

#: How long a worker may be silent before another takes the job over.
LEASE = timedelta(minutes=10)
#: What a finished job's result is shown by, by kind: `module:function(ctx, job)`, which checks access to what it shows.
#: Resolved when it is asked for, so that asking about one kind of job imports no other.
RESULTS: Final[dict[str, str]] = {
    "generate_note": "shared.scribe.results:shown",
    "generate_suggestions": "shared.scribe.results:shown",
    "summarize_call": "shared.scribe.results:shown",
    "draft_note_after_call": "shared.scribe.results:shown",
    "transcribe_call": "shared.calls.transcribing:result",
}

_WAIT = re.compile(r"wait=(\d{1,3})")


class JobRef(Model):
    """Body of a worker's task: which document to work on."""

    id: str


class Job(Document):
    """A piece of slow work."""

    collection = "jobs"

    kind: str
    status: Status = "queued"
    owner_id: str
    ref: str
    #: Whom its result is about: who looks at it must have access, which is read beside the result.
    patient_id: str | None = None
    result_ref: str | None = None
    #: Ids of what the result consists of besides, so that all of it is read at once.
    result_parts: list[str] = []
    error_code: str | None = None
    error_reason: str | None = None
    #: Who asked for it, its owner unless nobody did: they may look at it.
    asked_by: list[str] = []
    attempts: int = 0
    lease_until: datetime | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in {"done", "failed", "cancelled"}


reads_by_path("jobId", lambda job_id, _: ((Job, job_id),))


class JobOut(Out):
    """A job, as it is answered."""

    job_id: str
    status: Status


class JobError(Out):
    """Why a job failed."""

    code: str
    reason: str
    message: str


class JobDetail(JobOut):
    """A job with what came of it."""

    kind: str
    result: dict[str, Any] | None = Field(description="When it is done: what the request would have answered.")
    error: JobError | None = Field(description="When it failed.")
    created_at: datetime
    updated_at: datetime


def start(
    ctx: Context,
    kind: str,
    ref: str,
    *,
    owner_id: str | None = None,
    job_id: str | None = None,
    at_once: bool = True,
    patient_id: str | None = None,
) -> Job:
    """Queue a job of worker `kind` on the document `ref`, owned by the caller unless `owner_id` says otherwise.

    `job_id` is for workers that may run twice; `patient_id` whom the result will be about. Without `at_once` nobody has
    asked for it yet, and it waits for `wake`.
    """
    owner = owner_id or ctx.caller.id
    job = ctx.unit.create(
        Job(
            id=job_id or new_id(),
            kind=kind,
            owner_id=owner,
            ref=ref,
            asked_by=[owner] if at_once else [],
            patient_id=patient_id,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    if at_once:
        wake(ctx, job)
    return job


def wake(ctx: Context, job: Job) -> None:
    """Let the worker of a queued job begin."""
    ctx.enqueue(job.kind, job.id, dedupe_key=job.id)


def join(ctx: Context, job: Job) -> Job:
    """Let the caller be one of those who asked for a job that is under way."""
    me = ctx.caller.id
    return job if me in job.asked_by else ctx.unit.update(job, asked_by=[*job.asked_by, me])


def show(ctx: Context, job_id: str) -> JobDetail:
    """A job the caller asked for, with its result or error.

    Raises `NotFound`, also when the result is out of reach by now.
    """
    job = ctx.unit.get(Job, job_id)
    ctx.about("jobs", job_id)
    if job is None or ctx.caller.id not in {job.owner_id, *job.asked_by}:
        raise ctx.refuse(NotFound())
    result = None
    if job.status == "done" and job.kind in RESULTS:
        module, _, name = RESULTS[job.kind].partition(":")
        result = getattr(import_module(module), name)(ctx, job)
    failed = _error(job) if job.status == "failed" else None
    return JobDetail(
        job_id=job.id,
        status=job.status,
        kind=job.kind,
        result=result,
        error=JobError(code=failed.code, reason=failed.reason, message=failed.text) if failed else None,
        created_at=job.created_at,
        updated_at=job.updated_at,
    )


def _error(job: Job) -> ApiError:
    """The error a failed job ended with."""
    known = {error.reason: error for error in catalogue()}
    found = known.get(job.error_reason or "")
    return found() if found is not None else ExternalServiceError()


def claim(ctx: Context, job_id: str) -> Job | None:
    """Take a job on, for `LEASE`; commits. None when it has ended or another worker holds it."""
    job = ctx.unit.get(Job, job_id)
    if job is None or job.ended:
        return None
    if job.status == "running" and job.lease_until is not None and job.lease_until > ctx.now:
        return None
    claimed = ctx.unit.update(
        job, status="running", attempts=job.attempts + 1, lease_until=ctx.now + LEASE, updated_at=ctx.now
    )
    ctx.unit.commit()
    return claimed


def give_back(ctx: Context, job: Job) -> None:
    """Let go of a job that could not be done now, so that the queue's next attempt takes it on."""
    _end(ctx, job, status="queued")


def finish(ctx: Context, job: Job, result_ref: str, parts: Iterable[str] = ()) -> None:
    """The work is done and stored under `result_ref` and `parts`. A job cancelled meanwhile stays cancelled."""
    _end(ctx, job, status="done", result_ref=result_ref, result_parts=list(parts))


def fail(ctx: Context, job: Job, code: str, reason: str) -> None:
    """The work cannot be done."""
    _end(ctx, job, status="failed", error_code=code, error_reason=reason)


def cancel(ctx: Context, job_id: str) -> Job:
    """Cancel the caller's job. Raises `NotFound`, or `AlreadyDone` when it has ended."""
    job = ctx.unit.get(Job, job_id)
    if job is None or job.owner_id != ctx.caller.id:
        raise ctx.refuse(NotFound())
    if job.ended:
        raise AlreadyDone
    return ctx.unit.update(job, status="cancelled", lease_until=None, updated_at=ctx.now)


def _end(ctx: Context, job: Job, **changes: Any) -> None:
    ctx.unit.forget(Job, job.id)
    current = ctx.unit.get(Job, job.id)
    if current is not None and not current.ended:
        ctx.unit.update(current, lease_until=None, updated_at=ctx.now, **changes)


def wait_for(awaited: Awaited, settings: Settings, prefer: str) -> tuple[int, Any]:
    """Status and answer of a job a request waits for, polled with back-off.

    `Prefer: respond-async` (RFC 7240) does not wait, `wait=<seconds>` waits that long, at most AI_WAIT_SECONDS.
    Raises what the job failed with; `ExternalServiceError` when that is no error of ours.
    """
    asked = _WAIT.search(prefer)
    patience = 0.0 if "respond-async" in prefer else settings.ai_wait_seconds
    until = time.monotonic() + (min(patience, float(asked[1])) if asked else patience)
    pause = 0.1
    while True:
        unit = Unit(connect=clients.firestore, unlock=clients.sealer, timeout=settings.database_timeout_seconds)
        job = unit.get(Job, awaited.job_id)
        if job is not None and job.status == "done":
            return 200, awaited.render(unit, job)
        if job is not None and job.status == "failed":
            raise _error(job)
        if time.monotonic() + pause > until or job is None or job.status == "cancelled":
            return 202, JobOut(job_id=awaited.job_id, status=job.status if job else "queued")
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)
