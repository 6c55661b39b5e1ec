"""Measures of our own, as log lines of a closed form that log-based metrics count.

    {"message": "metric", "metric": "queue_age_seconds", "value": 1.5, "queue": "mail", ...}

Latency and errors per endpoint are not among them: each endpoint is a Cloud Run service of its own, which counts them.
Terraform makes one metric of each name; a name or label that is not listed here is a bug and raises.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, Literal

log = logging.getLogger("consentmd.metrics")


class Metric(StrEnum):
    """Every measure there is."""

    #: Seconds between the time a task was due and the start of this attempt at it.
    QUEUE_AGE = "queue_age_seconds"
    #: Work that was given up: a task whose last attempt has failed, or an e-mail that no server will take.
    DEAD_LETTER = "dead_letter"
    #: Outbox documents that the sweeper found because no wake-up had reached them.
    OUTBOX_SWEPT = "outbox_swept"
    #: Audit entries sealed in one seal.
    AUDIT_SEALED = "audit_sealed"
    #: Sealed entries compared by one verification; `outcome` is `intact` or `broken`.
    AUDIT_VERIFIED = "audit_verified"
    #: Milliseconds of a call that took longer than `SLOW_MS`.
    SLOW_CALL = "slow_call_ms"

    #: Open sockets of a gateway.
    REALTIME_SOCKETS = "realtime_sockets"
    #: Events a gateway gave to its sockets since it last said so; one event for three sockets counts three times.
    REALTIME_DELIVERED = "realtime_delivered"
    #: Milliseconds between the commit of an event and its way to the sockets: the longest since the last measurement.
    REALTIME_LAG = "realtime_lag_ms"
    #: Sockets closed because they did not take what was sent.
    REALTIME_SLOW_SOCKETS = "realtime_slow_sockets"
    #: The database listener had stopped without a word.
    REALTIME_LISTENER_SILENT = "realtime_listener_silent"


#: Labels each may carry. All are names of our own code: nothing a caller sent becomes a label.
LABELS: Final[Mapping[Metric, frozenset[str]]] = {
    Metric.QUEUE_AGE: frozenset({"queue", "job"}),
    Metric.DEAD_LETTER: frozenset({"queue", "job"}),
    Metric.OUTBOX_SWEPT: frozenset(),
    Metric.AUDIT_SEALED: frozenset(),
    Metric.AUDIT_VERIFIED: frozenset({"outcome"}),
    Metric.SLOW_CALL: frozenset({"call"}),
    Metric.REALTIME_SOCKETS: frozenset(),
    Metric.REALTIME_DELIVERED: frozenset(),
    Metric.REALTIME_LAG: frozenset(),
    Metric.REALTIME_SLOW_SOCKETS: frozenset(),
    Metric.REALTIME_LISTENER_SILENT: frozenset(),
}

#: What can be slow: a request as a whole, or one call it makes.
Call = Literal["request", "firestore_read", "firestore_commit", "create_task", "storage"]

SLOW_MS: Final = 1000

#: Attempts a queue makes at a task. Cloud Tasks drops the task behind the last one, so the last failure says so here.
TASK_ATTEMPTS: Final = 20


def emit(metric: Metric, value: float, **labels: str) -> None:
    """Write one measurement. Raises `TypeError` for a label that the metric does not have."""
    if unknown := labels.keys() - LABELS[metric]:
        raise TypeError(f"{metric} has no label {', '.join(sorted(unknown))}")
    log.info("metric", extra={"metric": metric.value, "value": value, **labels})


@contextmanager
def timed(call: Call) -> Iterator[None]:
    """Measure the block, whether or not it succeeds; only a slow one is written."""
    started = time.perf_counter()
    try:
        yield
    finally:
        slow(call, (time.perf_counter() - started) * 1000)


def slow(call: Call, milliseconds: float) -> None:
    """Write `milliseconds` if that is slow."""
    if milliseconds > SLOW_MS:
        emit(Metric.SLOW_CALL, round(milliseconds), call=call)


def task_begins(job: str, queue: str, headers: Mapping[str, str]) -> None:
    """How long a task waited for this attempt, by the headers Cloud Tasks sends (names in lower case)."""
    due = _number(headers.get("x-cloudtasks-tasketa", ""))
    if due is not None:
        # Clocks of two machines: a task is never early.
        emit(Metric.QUEUE_AGE, round(max(0.0, time.time() - due), 3), queue=queue, job=job)


def task_failed(job: str, queue: str, headers: Mapping[str, str]) -> None:
    """An attempt has failed; written if it was the last."""
    retries = _number(headers.get("x-cloudtasks-taskretrycount", ""))
    if retries is not None and retries + 1 >= TASK_ATTEMPTS:
        emit(Metric.DEAD_LETTER, 1, queue=queue, job=job)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e12 else None  # not NaN, which compares false
