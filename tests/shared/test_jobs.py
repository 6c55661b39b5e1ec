"""Jobs: claimed by one worker at a time, ended once, waited for with patience."""

import threading
from datetime import timedelta

import pytest

from shared import jobs
from shared.config import settings
from shared.context import Awaited, Caller, Context, Trail
from shared.errors import AlreadyDone, ExternalServiceError, NotFound
from shared.jobs import Job
from shared.store import Conflicted, new_id
from shared.store.outbox import OutboxEntry
from shared.users.documents import SESSIONS_OF_USER, User


@pytest.fixture
def owner(world):
    return world.family()


def context(cloud, account=None, **options) -> Context:
    unit = cloud.unit(**options)
    ctx = Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test")
    if account is not None:
        session = unit.find(SESSIONS_OF_USER, userId=account.id, limit=1)[0]
        ctx.identify(Caller(unit.get(User, account.id), session))
    return ctx


def started(cloud, owner) -> Job:
    ctx = context(cloud, owner)
    job = jobs.start(ctx, "send_email", "some-document")
    ctx.unit.commit()
    return job


def stored(cloud, job) -> Job:
    return cloud.unit().get(Job, job.id)


def test_starting_one_queues_its_worker_in_the_same_commit(cloud, owner) -> None:
    ctx = context(cloud, owner)
    job = jobs.start(ctx, "send_email", "some-document")
    entries = ctx.unit.pending(OutboxEntry)
    assert [(e.job, e.ref, e.dedupe_key) for e in entries] == [("send_email", job.id, job.id)]
    assert (job.status, job.owner_id) == ("queued", owner.id)


def test_one_worker_gets_it_and_another_does_not(cloud, owner) -> None:
    job = started(cloud, owner)
    claimed = jobs.claim(context(cloud), job.id)
    assert (claimed.status, claimed.attempts) == ("running", 1)
    assert jobs.claim(context(cloud), job.id) is None


def test_of_two_workers_at_the_same_moment_one_conflicts(cloud, owner) -> None:
    job = started(cloud, owner)
    first, second = context(cloud), context(cloud)
    first.unit.get(Job, job.id)
    second.unit.get(Job, job.id)
    assert jobs.claim(first, job.id) is not None
    with pytest.raises(Conflicted):
        jobs.claim(second, job.id)


def test_a_worker_that_died_is_followed_by_another(cloud, owner) -> None:
    job = started(cloud, owner)
    jobs.claim(context(cloud), job.id)
    unit = cloud.unit()
    running = unit.get(Job, job.id)
    unit.update(running, lease_until=unit.now - timedelta(seconds=1))
    unit.commit()
    assert jobs.claim(context(cloud), job.id).attempts == 2


def test_it_ends_once(cloud, owner) -> None:
    job = started(cloud, owner)
    ctx = context(cloud)
    claimed = jobs.claim(ctx, job.id)
    jobs.finish(ctx, claimed, "result-1")
    ctx.unit.commit()
    late = context(cloud)
    jobs.fail(late, claimed, "EXTERNAL_SERVICE_ERROR", "TOO_LATE")
    late.unit.commit()
    assert (stored(cloud, job).status, stored(cloud, job).result_ref) == ("done", "result-1")
    assert jobs.claim(context(cloud), job.id) is None


def test_cancelling_wins_over_a_worker_that_goes_on(cloud, owner) -> None:
    job = started(cloud, owner)
    worker = context(cloud)
    claimed = jobs.claim(worker, job.id)
    ctx = context(cloud, owner)
    jobs.cancel(ctx, job.id)
    ctx.unit.commit()
    jobs.finish(worker, claimed, "result")
    worker.unit.commit()
    assert (stored(cloud, job).status, stored(cloud, job).result_ref) == ("cancelled", None)
    with pytest.raises(AlreadyDone):
        jobs.cancel(context(cloud, owner), job.id)


def test_a_job_is_its_owners(cloud, owner, world) -> None:
    job = started(cloud, owner)
    with pytest.raises(NotFound):
        jobs.cancel(context(cloud, world.family()), job.id)
    with pytest.raises(NotFound):
        jobs.cancel(context(cloud, owner), new_id())


def awaited(job) -> Awaited:
    return Awaited(job.id, lambda _, done: done.result_ref)


def test_a_request_gets_the_result_that_comes_while_it_waits(cloud, owner) -> None:
    job = started(cloud, owner)

    def work() -> None:
        ctx = context(cloud)
        jobs.finish(ctx, jobs.claim(ctx, job.id), "the result")
        ctx.unit.commit()

    working = threading.Thread(target=work)
    working.start()
    assert jobs.wait_for(awaited(job), settings(), "") == (200, "the result")
    working.join()


@pytest.mark.parametrize("prefer", ["respond-async", "wait=0"])
def test_a_request_that_does_not_want_to_wait_gets_the_job(cloud, owner, prefer) -> None:
    job = started(cloud, owner)
    status, answer = jobs.wait_for(awaited(job), settings(), prefer)
    assert (status, answer.job_id, answer.status) == (202, job.id, "queued")


def test_a_failure_is_the_vendors_and_names_nothing(cloud, owner) -> None:
    job = started(cloud, owner)
    ctx = context(cloud)
    jobs.fail(ctx, jobs.claim(ctx, job.id), "EXTERNAL_SERVICE_ERROR", "VENDOR_SAID_NO")
    ctx.unit.commit()
    with pytest.raises(ExternalServiceError):
        jobs.wait_for(awaited(job), settings(), "")
