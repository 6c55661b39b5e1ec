"""The whole backend on real local services, once per test process.

`cloud` runs the stores, the queue and the mail server as processes of their own, and every endpoint in this process, so
that coverage sees it: over HTTP for the queue, and for `api` by `tests.wire`. Tests talk to it through `api`, a client
that checks each answer against the endpoint's declaration. Worlds are built through the interface, by the functions in
`tests.world`.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest

from localcloud.stack import Stack
from tests.client import Api
from tests.seen import SEEN
from tests.wire import Direct
from tests.world import World

ROOT = Path(__file__).parents[1]

# No test is about time: a busy machine must not fail one, nor find it too slow.
hypothesis.settings.register_profile(
    "consentmd", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("consentmd")

#: Run first: those that go through all that is stored, while that is little, and long ones of few tests, which
#: otherwise come last and leave the other processes idle.
FIRST = (
    "shared/scheduling/test_zones.py",
    "frame/test_canary.py",
    "functions/admin/test_verify_audit_log.py",
    "functions/admin/test_verify_audit.py",
    "functions/schedules/test_seal_audit.py",
    "frame/test_dependencies.py",
    "frame/test_image.py",
    "frame/test_kill.py",
    "frame/test_starts.py",
    "localcloud/firestore/test_firestore_concurrency.py",
    "localcloud/firestore/test_firestore_durability.py",
    "localcloud/firestore/test_firestore_histories.py",
    "localcloud/firestore/test_firestore_model.py",
    "localcloud/tasks/test_tasks_process.py",
    "localcloud/test_up.py",
    "realtime/test_recovery.py",
    "realtime/test_signing_in.py",
    "scenarios/test_visit.py",
    "shared/calls/test_concurrency.py",
    "tools/test_bench_booking.py",
    "tools/test_cloudbuild.py",
    "tools/test_release.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order in which test processes take them (`--no-loadscope-reorder`): after `FIRST`, the largest."""
    here = Path(__file__).parent
    files = [item.path.relative_to(here).as_posix() for item in items]
    tests = Counter(files)
    place = {name: n for n, name in enumerate(FIRST)}
    ranked = sorted(zip(files, items, strict=True), key=lambda pair: (place.get(pair[0], len(FIRST)), -tests[pair[0]]))
    items[:] = [item for _, item in ranked]


class Cloud(Stack):
    """The running services of this test process."""

    def __init__(self, data_dir: Path) -> None:
        generous = {
            "BCRYPT_COST": "4",
            # A token of an account that a whole run shares lasts as long as the run, on a busy machine, too.
            "ACCESS_TOKEN_MINUTES": "240",
            "SESSION_IDLE_MINUTES": "240",
            "RATE_LIMIT_GENERAL_PER_MINUTE": "1000000",
            "RATE_LIMIT_AUTH_PER_MINUTE": "1000000",
            "RATE_LIMIT_UPLOADS_PER_MINUTE": "1000000",
            "DATABASE_TIMEOUT_SECONDS": "20",
        }
        super().__init__(data_dir, settings=generous)
        self.app: Any = None

    # What happened

    def stored(self, collection: str, field: str, value: Any) -> list[Any]:
        """Snapshots of documents whose `field` is `value`, or has it in its list.

        Each document is looked at: the fields that only tests ask for have no index.
        """

        def has(snapshot: Any) -> bool:
            try:
                found = snapshot.get(field)
            except KeyError:
                return False
            return found == value or (isinstance(found, list) and value in found)

        return [s.reference.get() for s in self.firestore.collection(collection).select([field]).stream() if has(s)]

    def mail(self, to: str) -> list[dict]:
        """E-mails that arrived for an address, newest first."""
        from localcloud.smtp import outbox

        return outbox.messages(self.data_dir / "smtp", to=to)

    def wait_for_mail(self, to: str, count: int = 1, having: str = "") -> list[dict]:
        """The same, once there are `count` whose subject or text has `having`."""

        def arrived() -> list[dict]:
            found = [m for m in self.mail(to) if having in m["subject"] + m["text"]]
            return found if len(found) >= count else []

        return eventually(arrived, f"{count} e-mail(s) to {to}")

    def sent(self, channel: str, to: str | None) -> list[dict]:
        """Text messages (`sms`) or push notifications (`push`) to a number or device token, or all; newest first."""
        from localcloud.console.server import SENT_BY
        from localcloud.vendors import sent

        return sent.read(self.data_dir / "vendors" / SENT_BY[channel], to=to)

    def wait_for_sms(self, to: str, having: str = "") -> dict:
        """The newest text message to a number that has `having` in it, once there is one."""
        return eventually(
            lambda: next((m for m in self.sent("sms", to) if having in m["text"]), None), f"an SMS to {to}"
        )

    def vendor(self, path: str, body: dict) -> Any:
        """Tell a vendor's stand-in something: `/twilio/_answers`, `/twilio/_inbound`, `/fcm/_answers`."""
        answer = httpx.post(f"http://127.0.0.1:{self.ports.vendors}{path}", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def machine(self, api: Api, kind: str, target: str) -> Api:
        """The API, called as Cloud Tasks (`kind` task) or Cloud Scheduler (schedule) calls worker `target`."""
        return Api(api.http, self.machine_token(kind, target))

    def unit(self, **options: Any) -> Any:
        """A unit of work on the running database, to set scenes no endpoint can set."""
        from shared import clients
        from shared.store import Unit

        return Unit(connect=clients.firestore, unlock=clients.sealer, timeout=20, **options)

    @property
    def firestore(self) -> Any:
        """The real client on the local database, to look at what is stored."""
        from shared import clients

        return clients.firestore()


def eventually(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """What `condition` returns once it is true; fails with `what` if that never happens.

    It is asked ever less often: asking takes the processor from what is waited for.
    """
    deadline = time.monotonic() + seconds
    pause = 0.01
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.2)
    return found


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    running = Cloud(tmp_path_factory.mktemp("cloud"))
    try:
        running.start()
    except BaseException:
        running.stop()
        raise
    os.environ.update(running.environ)
    from shared.config import settings

    settings.cache_clear()
    from functions_framework import create_app

    running.app = create_app("everything", str(ROOT / "main.py"))
    server = _serve(running.app, running.ports.api)
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        running.stop()


def _serve(app: Any, port: int):
    """Every endpoint of the manifest on one port, by the runtime that serves them in production."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, *_: object) -> None:
            pass

    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="session")
def api(cloud: Cloud) -> Iterator[Api]:
    """An anonymous client; `api.as_(account)` signs in."""
    with httpx.Client(base_url=cloud.url, transport=Direct(cloud.app)) as http:
        yield Api(http)


@pytest.fixture(scope="session")
def world(cloud: Cloud, api: Api) -> World:
    """Builds accounts and records through the interface."""
    return World(cloud, api)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what this process saw to the one that judges the whole run (see `tests.seen`)."""
    SEEN.write(session.config)
