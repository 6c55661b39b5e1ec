"""Sends due tasks to their workers: one loop finds what is due, one thread per dispatch carries it out."""

import dataclasses
import logging
import sqlite3
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.tasks import rules
from localcloud.tasks.attempt import Attempt, Outcome
from localcloud.tasks.core import now_micros
from localcloud.tasks.messages import PAUSED, SECOND, HttpMethod, Message, micros, set_micros
from localcloud.tasks.oidc import TokenSigner
from localcloud.tasks.store import Store, StoredTask

log = logging.getLogger(__name__)

# The loop sleeps until the next task is due; this bounds a clock that was set back.
LONGEST_SLEEP_SECONDS = 30.0
STOP_SECONDS = 5.0
HISTORY = 200


@dataclass(frozen=True)
class Finished:
    """A task that left its queue: what the console shows of it."""

    queue: str
    id: str
    state: str
    at: int
    attempts: int
    last_status: int


class Dispatcher:
    """Dispatches tasks at their time, within their queue's rate, concurrency and state, and retries what failed.

    `cutoffs` gives, per queue, the seconds after which the platform ends a request to its functions (their configured
    timeout): a dispatch is cut there even when the task's own deadline is later.
    """

    def __init__(self, store: Store, signer: TokenSigner, cutoffs: Mapping[str, float]) -> None:
        self._store = store
        self._signer = signer
        self._cutoffs = cutoffs
        self._changed = threading.Condition()
        self._wanted = False
        self._stopping = False
        self._running: dict[str, set[Attempt]] = {}
        self._buckets: dict[str, rules.TokenBucket] = {}
        self._finished: list[Finished] = []
        self._loop = threading.Thread(target=self._work, name="dispatcher", daemon=True)

    def start(self) -> None:
        self._loop.start()

    def wake(self) -> None:
        """Look again at what is due."""
        with self._changed:
            self._wanted = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Dispatch nothing more and cut what is under way: those tasks are dispatched again after the next start."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            for attempts in self._running.values():
                for attempt in attempts:
                    attempt.cut("stop")
            self._changed.wait_for(lambda: not any(self._running.values()), timeout=STOP_SECONDS)
        self._loop.join(STOP_SECONDS)

    def finished(self) -> list[Finished]:
        """The tasks that left their queues last, newest first."""
        with self._changed:
            return self._finished[::-1]

    def run(self, queue: str, task_id: str) -> StoredTask | None:
        """Dispatch one task now, whatever its time and its queue's state; None when it is gone."""
        with self._changed:
            return self._begin(queue, task_id, forced=True)

    def _work(self) -> None:
        swept = time.monotonic()
        while True:
            with self._changed:
                if self._stopping:
                    return
                self._wanted = False
            try:
                wait = self._round()
                if time.monotonic() - swept > 60:
                    self._store.forget_tombstones(now_micros())
                    swept = time.monotonic()
            except Exception:
                # A full disk or a locked file must not end dispatching for good.
                log.exception("the dispatcher could not read or write its store; trying again")
                wait = 1.0
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._stopping, timeout=wait)

    def _round(self) -> float:
        """Begin everything that is due; return the seconds until there may be more."""
        wait = LONGEST_SLEEP_SECONDS
        now = now_micros()
        # Each task that comes or ends makes a round: most queues have nothing to do in it.
        for queue, following in self._store.waiting():
            if queue.state == PAUSED:
                continue
            wait = min(wait, self._round_of(queue) if following <= now else (following - now) / SECOND)
        return wait

    def _round_of(self, queue: Message) -> float:
        limits = queue.rate_limits
        bucket = self._bucket(queue)
        tokens = bucket.available(time.monotonic())
        with self._changed:
            free = limits.max_concurrent_dispatches - len(self._running.get(queue.name, ()))
        if free <= 0:
            return LONGEST_SLEEP_SECONDS  # the end of a dispatch wakes the loop
        now = now_micros()
        for task_id in self._store.due(queue.name, now, min(free, tokens)):
            with self._changed:
                if self._begin(queue.name, task_id) is not None:
                    bucket.take(1)
        following = self._store.next_due(queue.name)
        if following is None:
            return LONGEST_SLEEP_SECONDS
        wait = max(0.0, (following - now_micros()) / SECOND)
        with self._changed:
            if len(self._running.get(queue.name, ())) >= limits.max_concurrent_dispatches:
                return LONGEST_SLEEP_SECONDS
        return max(wait, bucket.wait()) if bucket.available(time.monotonic()) < 1 else wait

    def _bucket(self, queue: Message) -> rules.TokenBucket:
        rate, burst = queue.rate_limits.max_dispatches_per_second, queue.rate_limits.max_burst_size
        bucket = self._buckets.get(queue.name)
        if bucket is None or (bucket.rate, bucket.burst) != (rate, burst):
            bucket = self._buckets[queue.name] = rules.TokenBucket(rate, burst, time.monotonic())
        return bucket

    def _begin(self, queue: str, task_id: str, *, forced: bool = False) -> StoredTask | None:
        """Record a dispatch and start its thread; None when it is not to be. The caller holds the lock."""
        if self._stopping:
            return None
        with self._store.write(durable=False) as db:
            task = self._store.task(db, queue, task_id)
            if task is None:
                return None
            message = task.message
            now = now_micros()
            if not forced and (task.running or micros(message.schedule_time) > now):
                return None  # RunTask came first
            reason = message.last_attempt.response_status.message
            if message.dispatch_count and not reason:
                reason = "the dispatcher stopped during the last attempt"
            task = dataclasses.replace(task, retry_reason=reason)
            message.dispatch_count += 1
            message.last_attempt.Clear()
            message.last_attempt.schedule_time.CopyFrom(message.schedule_time)
            set_micros(message.last_attempt.dispatch_time, now)
            if not message.HasField("first_attempt"):
                set_micros(message.first_attempt.dispatch_time, now)
            self._store.began(db, task)
        attempt = Attempt()
        self._running.setdefault(queue, set()).add(attempt)
        threading.Thread(target=self._carry_out, args=(task, attempt), daemon=True).start()
        return task

    def _send(self, task: StoredTask, attempt: Attempt) -> Outcome:
        message, http = task.message, task.message.http_request
        headers = dict(http.headers)
        headers["X-CloudTasks-QueueName"] = task.queue.rpartition("/")[2]
        headers["X-CloudTasks-TaskName"] = task.id
        headers["X-CloudTasks-TaskRetryCount"] = str(message.dispatch_count - 1)
        headers["X-CloudTasks-TaskExecutionCount"] = str(message.response_count)
        eta = micros(message.schedule_time)
        headers["X-CloudTasks-TaskETA"] = f"{eta // SECOND}.{eta % SECOND:06d}"
        if task.last_status:
            headers["X-CloudTasks-TaskPreviousResponse"] = str(task.last_status)
        if task.retry_reason:
            headers["X-CloudTasks-TaskRetryReason"] = task.retry_reason
        if http.HasField("oidc_token"):
            oidc = http.oidc_token
            token = self._signer.token(oidc.service_account_email, oidc.audience or http.url)
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            headers["Authorization"] = f"Bearer {token}"
        deadline = micros(message.dispatch_deadline) / SECOND
        deadline = min(deadline, self._cutoffs.get(task.queue, deadline))
        return attempt.send(HttpMethod(http.http_method).name, http.url, headers, http.body, deadline)

    def _carry_out(self, task: StoredTask, attempt: Attempt) -> None:
        try:
            outcome = self._send(task, attempt)
            with self._changed:
                stopping = self._stopping
            while outcome.status or not stopping:
                try:
                    self._conclude(task, outcome)
                    break
                except sqlite3.Error:
                    log.exception("the end of a dispatch could not be stored; trying again")
                with self._changed:
                    if self._changed.wait_for(lambda: self._stopping, timeout=1.0):
                        break
        finally:
            with self._changed:
                self._running[task.queue].discard(attempt)
                self._wanted = True
                self._changed.notify_all()

    def _conclude(self, dispatched: StoredTask, outcome: Outcome) -> None:
        now = now_micros()
        finished: Finished | None = None
        with self._store.write(durable=False) as db:
            # Read again: it may have been deleted, purged or forced to run once more meanwhile.
            task = self._store.task(db, dispatched.queue, dispatched.id)
            if task is None:
                return
            message = task.message
            if outcome.status:
                message.response_count += 1
                set_micros(message.last_attempt.response_time, now)
            message.last_attempt.response_status.code = outcome.code
            message.last_attempt.response_status.message = outcome.message
            if outcome.succeeded:
                finished = self._finish(task, "SUCCEEDED", now, outcome.status)
            elif self._gives_up(db, task, now):
                finished = self._finish(task, "FAILED", now, outcome.status)
            if finished is not None:
                self._store.remove_task(db, task.queue, task.id, now)
            else:
                retry = self._retry_config(db, task)
                wait = max(rules.backoff(retry, message.dispatch_count), int(outcome.retry_after * SECOND))
                set_micros(message.schedule_time, now + wait)
                self._store.ended(db, task, outcome.status)
        if finished is not None:
            # Outside the transaction: the lock is taken before the writer everywhere else.
            with self._changed:
                self._finished.append(finished)
                del self._finished[:-HISTORY]
            if finished.state == "FAILED":
                log.warning("gave up a task of queue %s after %d attempts", finished.queue, finished.attempts)

    def _gives_up(self, db: sqlite3.Connection, task: StoredTask, now: int) -> bool:
        message = task.message
        first = micros(message.first_attempt.dispatch_time)
        return rules.gives_up(self._retry_config(db, task), message.dispatch_count, first, task.created, now)

    def _finish(self, task: StoredTask, state: str, now: int, status: int) -> Finished:
        return Finished(task.queue, task.id, state, now, task.message.dispatch_count, status)

    def _retry_config(self, db: sqlite3.Connection, task: StoredTask) -> Message:
        if task.message.HasField("retry_config"):
            return task.message.retry_config
        queue = self._store.queue(task.queue, db)
        # Its queue was deleted with it: the row read above is about to go, any configuration will do.
        return task.message.retry_config if queue is None else queue.retry_config
