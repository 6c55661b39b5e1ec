"""The service in this process, a worker that records what it is sent, and the real clients."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport, CloudTasksRestTransport

from localcloud.httpd import HttpServer, Request, Response
from localcloud.tasks.server import Server

LOCATION = "projects/clinic/locations/us-central1"
QUEUE = f"{LOCATION}/queues/mail"
PATIENCE = 20


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Worker:
    """Answers what `answers` says of a request (its status or response), 200 without; `release` lets /hang end."""

    url: str = ""
    received: "queue.Queue[Received]" = field(default_factory=queue.Queue)
    answers: Callable[[Received], Response | int] = lambda _: 200
    release: threading.Event = field(default_factory=threading.Event)
    at_once: int = 0
    most_at_once: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> Received:
        return self.received.get(timeout=PATIENCE)

    def handle(self, request: Request) -> Response:
        if request.path == "/health":  # the scheduler's probe is no part of what a test scripts
            return Response(200)
        body = request.body.read_all(2 << 20)
        got = Received(request.method, request.path, {k.lower(): v for k, v in request.headers.items()}, body or b"")
        with self.guard:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.received.put(got)
            if request.path.startswith("/hang"):
                self.release.wait(PATIENCE)
            answer = self.answers(got)
        finally:
            with self.guard:
                self.at_once -= 1
        return answer if isinstance(answer, Response) else Response(answer)


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    server = HttpServer(0, made.handle)
    made.url = f"http://127.0.0.1:{server.port}"
    server.start()
    yield made
    made.release.set()
    server.stop()


@dataclass
class Service:
    server: Server
    url: str
    session: requests.Session

    def post(self, path: str, body: Any = None) -> requests.Response:
        return self.session.post(f"{self.url}{path}", json={} if body is None else body, timeout=PATIENCE)

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.url}{path}", timeout=PATIENCE)

    def overview(self) -> dict[str, Any]:
        return self.get("/tasks.json").json()

    def queue(self, **fields: Any) -> None:
        answer = self.post(f"/v2/{LOCATION}/queues", {"name": QUEUE, **fields})
        assert answer.status_code == 200, answer.text

    def task(self, url: str, name: str = "", **fields: Any) -> requests.Response:
        http = {"url": url, **fields.pop("http", {})}
        task = {"httpRequest": http, **fields, **({"name": f"{QUEUE}/tasks/{name}"} if name else {})}
        return self.post(f"/v2/{QUEUE}/tasks", {"task": task})


@pytest.fixture
def manifest(tmp_path: Path, worker: Worker) -> Path:
    path = tmp_path / "functions.json"
    path.write_text(
        json.dumps(
            {
                "send-mail": {"target": "send_mail", "kind": "task", "queue": "mail-out", "timeout": 0.5},
                "retry-mail": {"target": "retry_mail", "kind": "task", "queue": "mail-out", "timeout": 0.25},
                "seal-audit": {
                    "target": "seal_audit",
                    "kind": "schedule",
                    "schedule": "0 3 1 1 *",
                    "timeZone": "America/New_York",
                },
                "get-patient": {"target": "get_patient", "kind": "http"},
            }
        )
    )
    return path


@pytest.fixture
def service(tmp_path: Path, manifest: Path, worker: Worker) -> Iterator[Service]:
    server = Server(tmp_path / "tasks", schedules=manifest, target=worker.url, project="clinic")
    with requests.Session() as session:
        yield Service(server, f"http://127.0.0.1:{server.port}", session)
    server.stop()


@pytest.fixture(params=["rest", "grpc"])
def client(request: pytest.FixtureRequest, service: Service) -> Iterator[tasks_v2.CloudTasksClient]:
    """The published client over each of its transports."""
    if request.param == "rest":
        host = service.url.removeprefix("http://")
        transport: Any = CloudTasksRestTransport(host=host, url_scheme="http", credentials=AnonymousCredentials())
    else:
        channel = grpc.insecure_channel(f"127.0.0.1:{service.server.grpc_port}")
        transport = CloudTasksGrpcTransport(channel=channel)
    with tasks_v2.CloudTasksClient(transport=transport) as made:
        yield made
