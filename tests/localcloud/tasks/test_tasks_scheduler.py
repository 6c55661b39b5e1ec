"""Schedules: when they are due, what a function is called with, and that a call never overlaps itself."""

import json
import queue
import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from google.auth.transport.requests import Request
from google.oauth2 import id_token

from localcloud.httpd import HttpServer, Response
from localcloud.tasks.manifest import ManifestError, Schedule, read_manifest
from localcloud.tasks.oidc import TokenSigner
from localcloud.tasks.scheduler import Scheduler, occurrence_after
from tests.localcloud.tasks.conftest import PATIENCE, Service, Worker


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "zone", "after", "due"),
    [
        ("* * * * *", "UTC", "2026-03-01T10:00:00", "2026-03-01T10:01:00"),
        ("*/15 * * * *", "UTC", "2026-03-01T10:14:59", "2026-03-01T10:15:00"),
        ("30 9 * * *", "America/New_York", "2026-03-01T00:00:00", "2026-03-01T14:30:00"),
        ("30 9 * * *", "America/New_York", "2026-03-08T14:00:00", "2026-03-09T13:30:00"),  # summer time began
        ("0 0 * * *", "Asia/Kolkata", "2026-03-01T00:00:00", "2026-03-01T18:30:00"),
        ("0 12 * * 1", "UTC", "2026-03-01T12:00:00", "2026-03-02T12:00:00"),
    ],
)
def test_an_occurrence_follows_the_wall_clock_of_its_zone(cron, zone, after, due):
    assert occurrence_after(Schedule("s", "s", cron, ZoneInfo(zone), 60), at(after)) == at(due)


def occurrences(cron, zone, after, count):
    found, moment = [], at(after)
    for _ in range(count):
        moment = occurrence_after(Schedule("s", "s", cron, ZoneInfo(zone), 60), moment)
        found.append(moment.strftime("%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        # Summer time ends on 1 November at 06:00 UTC: the hour from 01:00 to 02:00 comes twice.
        (
            "*/30 * * * *",
            "2026-11-01T04:45:00",
            ["01 05:00", "01 05:30", "01 06:00", "01 06:30", "01 07:00", "01 07:30"],
        ),
        ("30 1 * * *", "2026-10-31T04:00:00", ["31 05:30", "01 05:30", "01 06:30", "02 06:30"]),
        ("0 2 * * *", "2026-10-31T04:00:00", ["31 06:00", "01 07:00", "02 07:00"]),
        # It begins on 8 March at 07:00 UTC: there is no time from 02:00 to 03:00.
        ("*/30 * * * *", "2026-03-08T06:15:00", ["08 06:30", "08 07:00", "08 07:30"]),
        ("30 2 * * *", "2026-03-07T04:00:00", ["07 07:30", "08 07:00", "09 06:30"]),
    ],
)
def test_no_occurrence_is_lost_when_the_clocks_change(cron, after, due):
    assert occurrences(cron, "America/New_York", after, len(due)) == due


class Target:
    """A target that is there, and notes what is called and for when."""

    def __init__(self):
        self.called = queue.Queue()
        self.answer = lambda: 200
        self.server = HttpServer(0, self._handle)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.port}"

    def _handle(self, request) -> Response:
        if request.path != "/health":
            self.called.put((request.path, request.headers["X-CloudScheduler-ScheduleTime"]))
            return Response(self.answer())
        return Response(200)


@pytest.fixture
def target():
    made = Target()
    yield made
    made.server.stop()


def clock(start: str):
    """A clock that begins at `start` and runs as fast as the real one."""
    began, first = datetime.now(UTC), at(start)
    return lambda: first + (datetime.now(UTC) - began)


def test_the_clock_calls_what_is_due_and_nothing_that_was_missed(tmp_path, target):
    # It was not running at 09:00, and is made shortly before 10:01.
    signer = TokenSigner(tmp_path)
    now = clock("2026-03-01T10:00:58")
    schedules = [
        Schedule("missed", "missed", "0 9 * * *", ZoneInfo("UTC"), 5),
        Schedule("tick", "tick", "* * * * *", ZoneInfo("UTC"), 5),
    ]
    scheduler = Scheduler(schedules, target.url, "s@clinic.example", signer, now)
    scheduler.start()
    try:
        assert target.called.get(timeout=PATIENCE) == ("/schedules/tick", "2026-03-01T10:01:00Z")
        assert target.called.empty()
        missed, tick = scheduler.overview()
        assert (missed["scheduleTime"], missed["attempts"]) == ("2026-03-02T09:00:00Z", 0)
        assert tick["scheduleTime"] == "2026-03-01T10:02:00Z"
    finally:
        scheduler.stop()


def test_an_occurrence_during_a_call_is_left_out(tmp_path, target):
    release = threading.Event()
    target.answer = lambda: (release.wait(PATIENCE), 200)[1]
    moment = at("2026-03-01T10:00:30")
    schedule = Schedule("tick", "tick", "* * * * *", ZoneInfo("UTC"), PATIENCE)
    scheduler = Scheduler([schedule], target.url, "s@clinic.example", TokenSigner(tmp_path), lambda: moment)
    call = threading.Thread(target=scheduler.run, args=("tick",))
    call.start()
    assert target.called.get(timeout=PATIENCE)[1] == "2026-03-01T10:00:30Z"
    moment = at("2026-03-01T10:01:00")
    scheduler.start()
    passed = threading.Event()
    while scheduler.overview()[0]["scheduleTime"] == "2026-03-01T10:01:00Z":
        passed.wait(0.01)
    assert target.called.empty()
    release.set()
    call.join()
    assert scheduler.overview()[0]["attempts"] == 1
    scheduler.stop()


def test_running_a_schedule_calls_its_function_with_a_token_for_its_url(service: Service, worker: Worker):
    answer = service.post("/schedules/seal-audit:run")
    assert answer.json() == {"name": "seal-audit", "status": 200, "message": ""}
    got = worker.next()
    assert (got.method, got.path, got.body) == ("POST", "/schedules/seal_audit", b"")
    assert got.headers["x-cloudscheduler"] == "true"
    assert got.headers["x-cloudscheduler-jobname"] == "seal-audit"
    token = got.headers["authorization"].removeprefix("Bearer ")
    claims = id_token.verify_token(
        token,
        Request(service.session),
        f"{worker.url}/schedules/seal_audit",
        certs_url=f"{service.url}/oauth2/v1/certs",
    )
    assert claims["email"] == "scheduler@clinic.iam.gserviceaccount.com"
    overview = service.overview()["schedules"][0]
    assert (overview["name"], overview["attempts"], overview["lastStatus"]) == ("seal-audit", 1, 200)


def test_a_failure_is_reported_and_not_repeated(service: Service, worker: Worker):
    worker.answers = lambda _: 500
    assert service.post("/schedules/seal-audit:run").json()["status"] == 500
    worker.next()
    assert worker.received.empty()


def test_a_schedule_does_not_overlap_itself(service: Service, worker: Worker):
    hold = threading.Event()
    worker.answers = lambda _: (hold.wait(PATIENCE), 200)[1]
    first = threading.Thread(target=service.server._scheduler.run, args=("seal-audit",))
    first.start()
    worker.next()
    assert service.post("/schedules/seal-audit:run").status_code == 400
    hold.set()
    first.join()
    assert service.post("/schedules/seal-audit:run").json()["status"] == 200


def test_an_unknown_schedule_is_not_found(service: Service):
    answer = service.post("/schedules/none:run")
    assert answer.status_code == 404
    assert "seal-audit" in answer.json()["error"]["message"]


def test_nothing_is_called_before_the_target_answers(tmp_path):
    probed, healthy, called = threading.Event(), threading.Event(), queue.Queue()

    def starting(request) -> Response:
        if request.path == "/health":
            probed.set()
            healthy.wait(PATIENCE)
        else:
            called.put(request.path)
        return Response(200)

    target = HttpServer(0, starting)
    target.start()
    schedule = Schedule("tick", "tick", "* * * * *", ZoneInfo("UTC"), 5)
    scheduler = Scheduler([schedule], f"http://127.0.0.1:{target.port}", "s@clinic.example", TokenSigner(tmp_path))
    scheduler._states["tick"].next_at = datetime.now(UTC)
    scheduler.start()
    assert probed.wait(PATIENCE)
    assert called.empty()
    healthy.set()
    assert called.get(timeout=PATIENCE) == "/schedules/tick"
    scheduler.stop()
    target.stop()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"kind": "schedule", "target": "x", "schedule": "nonsense"}, "cron"),
        ({"kind": "schedule", "target": "x", "schedule": "* * * * * *"}, "five fields"),
        ({"kind": "schedule", "target": "x", "schedule": "* * * * *", "timeZone": "Mars/Base"}, "timeZone"),
        ({"kind": "schedule", "schedule": "* * * * *"}, "target"),
        ({"kind": "task"}, "queue"),
        ({"kind": "task", "queue": "q", "timeout": "long"}, "timeout"),
    ],
)
def test_a_wrong_manifest_is_refused_by_entry_and_field(tmp_path, entry, said):
    path = tmp_path / "functions.json"
    path.write_text(json.dumps({"seal-audit": entry}))
    with pytest.raises(ManifestError, match=f"seal-audit.*{said}"):
        read_manifest(path)


def test_without_a_manifest_there_is_nothing(tmp_path):
    assert read_manifest(tmp_path / "none.json").schedules == []
