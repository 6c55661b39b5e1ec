"""Log lines: allow-listed fields, the trace of the request, measures of a closed form."""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared import metrics
from shared.logs import ALLOWED, JsonFormatter
from shared.metrics import LABELS, SLOW_MS, TASK_ATTEMPTS, Metric
from shared.trace import Trace, Work, current, working_for
from tests.configured import configured
from tests.conftest import eventually
from tests.functions.tasks.test_dispatch_outbox import pending

ROOT = Path(__file__).parents[2]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
WORK = Work(Trace(TRACE, "00f067aa0ba902b7", sampled=True), "demo", "request-0001", "get_patient")


class Lines(logging.Handler):
    """What is logged, as it is written: by this thread, since requests of other tests may still be worked on."""

    def __init__(self, *, everywhere: bool) -> None:
        super().__init__()
        self.thread = None if everywhere else threading.get_ident()
        self.setFormatter(JsonFormatter())
        self.lines: list[dict] = []

    def emit(self, record: logging.LogRecord) -> None:
        if self.thread in {None, record.thread}:
            self.lines.append(json.loads(self.format(record)))

    def measures(self, metric: Metric) -> list[dict]:
        return [line for line in self.lines if line.get("metric") == metric]


@contextmanager
def listening(*, everywhere: bool = False) -> Iterator[Lines]:
    lines = Lines(everywhere=everywhere)
    logger = logging.getLogger("consentmd")
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(lines)
    try:
        yield lines
    finally:
        logger.removeHandler(lines)
        logger.setLevel(before)


# Traces


def test_a_line_carries_the_request_it_was_written_for_and_no_other() -> None:
    log = logging.getLogger("consentmd.somewhere")
    with listening() as seen:
        with working_for(WORK):
            log.warning("inside", extra={"reason": "X"})
        log.warning("outside")
    inside, outside = seen.lines
    assert inside == {
        "severity": "WARNING", "message": "inside", "logger": "consentmd.somewhere", "reason": "X",
        "requestId": "request-0001", "endpoint": "get_patient",
        "logging.googleapis.com/trace": f"projects/demo/traces/{TRACE}",
        "logging.googleapis.com/spanId": "00f067aa0ba902b7", "logging.googleapis.com/trace_sampled": True,
    }  # fmt: skip
    assert outside == {"severity": "WARNING", "message": "outside", "logger": "consentmd.somewhere"}
    assert current() is None


def test_what_is_not_on_the_list_is_not_written() -> None:
    with listening() as seen:
        logging.getLogger("consentmd").error("x", extra={"patientName": "Ada", "token": "t", "metric": "m"})
    assert seen.lines[0].keys() == {"severity", "message", "logger", "metric"}
    assert not {"name", "email", "phone", "token", "password", "path", "body"} & ALLOWED


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
    ],
)
def test_a_trace_that_cannot_be_read_is_replaced(header) -> None:
    made = Trace.received(header)
    assert made.trace_id != Trace.received(header).trace_id
    assert Trace.received(made.onward()).trace_id == made.trace_id


def test_a_trace_goes_on_with_a_span_of_its_own() -> None:
    here = Trace.received(f"00-{TRACE}-00f067aa0ba902b7-01")
    there = Trace.received(here.onward())
    assert (there.trace_id, there.sampled) == (TRACE, True)
    assert there.span_id != here.span_id


def test_the_worker_at_the_end_logs_the_trace_of_the_request_at_the_beginning(api, world) -> None:
    """Request → outbox → dispatcher → worker: three functions, one trace."""
    account = world.family()
    trace = Trace.received("").trace_id
    with listening(everywhere=True) as seen:
        header = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        assert api.post("/auth/forgot-password", {"email": account.email}, headers=header).status == 200

        def mine() -> list[dict]:
            return [x for x in seen.lines if x.get("logging.googleapis.com/trace", "").endswith(trace)]

        eventually(lambda: "e-mail accepted" in {x["message"] for x in mine()}, "the worker's own line, in the trace")
    assert {x["endpoint"] for x in mine()} >= {"forgot_password", "dispatch_outbox", "send_email"}
    ages = [m for m in seen.measures(Metric.QUEUE_AGE) if m["logging.googleapis.com/trace"].endswith(trace)]
    assert {(m["queue"], m["job"]) for m in ages} >= {("outbox", "dispatch_outbox"), ("mail", "send_email")}
    assert all(0 <= m["value"] < 60 for m in ages)


def test_work_that_the_sweeper_starts_is_logged_under_the_request_that_asked_for_it(api, cloud) -> None:
    asked = Trace.received("")
    entry = pending(cloud, created_at=datetime.now(UTC) - timedelta(minutes=2), traceparent=asked.onward())
    with listening(everywhere=True) as seen:
        assert cloud.machine(api, "schedule", "sweep_outbox").post("/schedules/sweep_outbox").status == 204

        def worked() -> set[str]:
            return {
                line["endpoint"]
                for line in seen.lines
                if line.get("logging.googleapis.com/trace", "").endswith(asked.trace_id)
            }

        eventually(lambda: entry.job in worked(), "the worker's lines under the trace of the request")
    assert worked() == {entry.job}, "not the sweeper's own"


# Measures


def test_every_field_of_a_measure_reaches_the_line() -> None:
    assert {"metric", "value"} | set().union(*LABELS.values()) - {"job"} <= ALLOWED
    assert LABELS.keys() == set(Metric)


def test_a_label_that_a_metric_does_not_have_is_a_bug() -> None:
    with pytest.raises(TypeError, match="patient"):
        metrics.emit(Metric.QUEUE_AGE, 1, queue="mail", patient="x")


def test_only_a_slow_call_is_written_also_when_it_fails() -> None:
    with listening() as seen:
        metrics.slow("request", SLOW_MS)
        metrics.slow("firestore_commit", SLOW_MS + 0.6)
        with pytest.raises(ValueError, match="late"), metrics.timed("storage"):
            raise ValueError("late")
    assert [(m["call"], m["value"]) for m in seen.measures(Metric.SLOW_CALL)] == [("firestore_commit", SLOW_MS + 1)]


def test_a_database_and_a_file_store_that_take_long_are_measured(cloud, monkeypatch) -> None:
    monkeypatch.setattr(metrics, "SLOW_MS", -1)
    from shared.files import objects
    from shared.store.unit import UniqueKey

    with listening() as seen:
        unit = cloud.unit()
        unit.get(UniqueKey, "nobody")
        unit.put(UniqueKey(id="test_slow", kind="test", owner_id="x"))
        unit.commit()
        objects._guarded(lambda: None)
    slow = [m["call"] for m in seen.measures(Metric.SLOW_CALL)]
    assert slow == ["firestore_read", "firestore_commit", "storage"]


@pytest.mark.parametrize("eta", ["", "soon", "nan", "inf", "-5", "1" * 400])
def test_a_task_without_a_time_has_no_age(eta) -> None:
    with listening() as seen:
        metrics.task_begins("send_email", "mail", {"x-cloudtasks-tasketa": eta})
    assert seen.lines == []


def test_the_age_of_a_task_is_the_time_since_it_was_due() -> None:
    with listening() as seen:
        metrics.task_begins("send_email", "mail", {"x-cloudtasks-tasketa": f"{time.time() - 100:.6f}"})
        metrics.task_begins("send_email", "mail", {"x-cloudtasks-tasketa": f"{time.time() + 100:.6f}"})
    late, early = seen.measures(Metric.QUEUE_AGE)
    assert 100 <= late["value"] < 160
    assert early["value"] == 0


def test_the_last_attempt_that_fails_is_a_dead_letter_and_the_one_before_is_not(api, cloud) -> None:
    caller = cloud.machine(api, "task", "send_email")
    with listening(everywhere=True) as seen:
        for tried in (TASK_ATTEMPTS - 2, TASK_ATTEMPTS - 1):
            headers = {"X-CloudTasks-TaskRetryCount": str(tried)}
            assert caller.post("/tasks/send_email", {"no": "id"}, headers=headers).status == 400
            # Somebody without the queue's token can write any header, and makes no dead letters.
            assert api.post("/tasks/send_email", {"no": "id"}, headers=headers).status == 401
        assert caller.post("/tasks/send_email", {"id": "nobody"}, headers=headers).status == 204
    dead = seen.measures(Metric.DEAD_LETTER)
    assert [(m["queue"], m["job"], m["value"]) for m in dead] == [("mail", "send_email", 1)]


def test_an_email_that_is_given_up_is_a_dead_letter(api, cloud) -> None:
    from tests.functions.tasks.test_send_email import MOST_ATTEMPTS, queued

    message = queued(cloud, attempts=MOST_ATTEMPTS - 1)
    with listening(everywhere=True) as seen, configured(SMTP_PORT="9", SMTP_HOST="127.0.0.1"):
        assert cloud.machine(api, "task", "send_email").post("/tasks/send_email", {"id": message.id}).status == 204
    assert [(m["queue"], m["job"]) for m in seen.measures(Metric.DEAD_LETTER)] == [("mail", "send_email")]


def test_sealing_and_verifying_are_measured(api, cloud, world) -> None:
    with listening(everywhere=True) as seen:
        cloud.machine(api, "schedule", "seal_audit").post("/schedules/seal_audit")
        answer = api.as_(world.admin).get("/audit-logs/verify")
    verified = seen.measures(Metric.AUDIT_VERIFIED)
    assert [(m["value"], m["outcome"]) for m in verified] == [
        (answer["entries"], "intact" if answer["valid"] else "broken")
    ]
    assert all(m["value"] >= 1 for m in seen.measures(Metric.AUDIT_SEALED))


def test_measures_are_written_whatever_the_log_level() -> None:
    script = """
from shared import metrics
from shared.logs import configure
import logging
configure("error")
logging.getLogger("consentmd.requests").info("request")
metrics.emit(metrics.Metric.OUTBOX_SWEPT, 3)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(x["message"], x["metric"], x["value"], x["severity"]) for x in lines] == [
        ("metric", "outbox_swept", 3, "INFO")
    ]
