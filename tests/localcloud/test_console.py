"""The console over HTTP, beside the real services it shows."""

import base64
import hashlib
import json
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.vector import Vector

from localcloud.data_dir import DataDir
from localcloud.environment import Ports
from localcloud.ports import choose
from localcloud.vendors.sent import Sent
from tests.localcloud.running import service, until

PROJECT = "consentmd-local"
ANY = Ports(api=0, console=0, firestore=0, tasks=0, storage=0, smtp=0)


@dataclass
class World:
    """A console, the services it looks at, and clients of each."""

    console: httpx.Client
    tasks: httpx.Client
    smtp: int
    database: firestore.Client
    data_dir: Path

    def get(self, path: str, /, **query: str) -> Any:
        answer = self.console.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, path: str, status: int, /, **query: str) -> str:
        answer = self.console.get(path, params=query)
        assert answer.status_code == status, answer.text
        assert answer.json().keys() == {"error"}
        return answer.json()["error"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("localcloud")
    with (
        pytest.MonkeyPatch.context() as patch,
        service("localcloud.firestore", "--port", "0", "--in-memory", "--data-dir", str(data / "firestore")) as (
            store,
            _,
        ),
        service("localcloud.smtp", "--port", "0", "--data-dir", str(data / "smtp")) as (smtp, _),
        service("localcloud.tasks", "--port", "0", "--data-dir", str(data / "tasks")) as (tasks, _),
    ):
        hosts = {"FIRESTORE_EMULATOR_HOST": f"127.0.0.1:{store}", "CLOUD_TASKS_URL": f"http://127.0.0.1:{tasks}"}
        environ = {**hosts, "GOOGLE_CLOUD_PROJECT": PROJECT}
        patch.setenv("FIRESTORE_EMULATOR_HOST", hosts["FIRESTORE_EMULATOR_HOST"])
        with (
            service("localcloud.console", "--port", "0", "--data-dir", str(data), environ=environ) as (port, _),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as console,
            httpx.Client(base_url=hosts["CLOUD_TASKS_URL"], timeout=30, trust_env=False) as queues,
        ):
            database = firestore.Client(project=PROJECT, credentials=AnonymousCredentials())
            yield World(console, queues, smtp, database, data)
            database.close()


def send(world: World, to: str, message_id: str, html: str = "<p>Hello</p>") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["Message-ID"] = "us@x.example", to, "Hi", message_id
    message.set_content("Hello")
    message.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", world.smtp, local_hostname="localhost", timeout=30) as client:
        client.send_message(message)


# Outbox


def test_the_outbox_lists_mail_newest_first(world: World) -> None:
    before = datetime.now(UTC).isoformat()
    for number in (1, 2, 3):
        send(world, "ana@list.example", f"<list-{number}@x>")
    send(world, "ben@list.example", "<list-4@x>")

    found = world.get("/api/outbox", channel="email", to="Ana@list.example", since=before)
    assert [message["messageId"] for message in found] == ["<list-3@x>", "<list-2@x>", "<list-1@x>"]
    fields = "id channel messageId from to subject text html headers receivedAt links attachments copies"
    assert found[0].keys() == set(fields.split())
    assert world.get("/api/outbox", to="ana@list.example", since=found[0]["receivedAt"]) == found[:1]
    assert world.get("/api/outbox", to="ana@list.example", limit="2") == found[:2]
    assert world.get("/api/outbox")[0]["messageId"] == "<list-4@x>"


@pytest.mark.parametrize(("channel", "vendor"), [("sms", "twilio"), ("push", "fcm")])
def test_other_channels_show_what_their_vendors_were_sent(world: World, channel: str, vendor: str) -> None:
    assert world.get("/api/outbox", channel=channel) == []
    kept = Sent(world.data_dir / "vendors" / vendor)
    for number in (1, 2):
        kept.put(f"id-{number}", "+15550100", {"channel": channel, "to": ["+15550100"], "subject": f"Hello {number}"})
    kept.put("id-1", "+15550100", {"channel": channel, "to": ["+15550100"], "subject": "Hello 1, delivered"})
    found = world.get("/api/outbox", channel=channel, to="+15550100")
    assert [message["subject"] for message in found] == ["Hello 2", "Hello 1, delivered"]
    assert world.get("/api/outbox", channel=channel, to="+15550199") == []
    assert world.get("/api/outbox", channel=channel, limit="1") == found[:1]
    kept.close()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"channel": "fax<b>"}, "channel"),
        ({"since": "yesterday<b>"}, "since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ({"limit": "0"}, "limit"),
        ({"limit": "10001"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"limit": "x<b>"}, "limit"),
        ({"recipient<b>": "x"}, "Known: channel, limit, since, to"),
    ],
)
def test_a_wrong_query_is_named_and_not_repeated(world: World, query: dict[str, str], named: str) -> None:
    said = world.refused("/api/outbox", 400, **query)
    assert named in said
    assert "<b>" not in said


# Tasks


def test_tasks_are_those_of_the_queues(world: World) -> None:
    parent = f"/v2/projects/{PROJECT}/locations/us-central1/queues"
    world.tasks.post(parent, json={"name": f"{parent.removeprefix('/v2/')}/letters"}).raise_for_status()
    world.tasks.post(f"{parent}/letters:pause", json={}).raise_for_status()
    task = {"httpRequest": {"url": "http://127.0.0.1:9/tasks/x"}}
    created = world.tasks.post(f"{parent}/letters/tasks", json={"task": task}).raise_for_status().json()

    shown = world.get("/api/tasks")
    assert [queue["name"] for queue in shown["queues"]] == ["letters"]
    assert [task["name"] for task in shown["tasks"]] == [created["name"].rpartition("/")[2]]
    assert shown == world.tasks.get("/tasks.json").json()


# Data


def test_firestore_is_browsed_as_it_is_stored(world: World) -> None:
    linked = world.database.document("people/ben")
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    world.database.document("people/ana").set(
        {
            "name": b"\x01" * 45,
            "born": moment,
            "active": True,
            "visits": 3,
            "large": 2**60,
            "ratio": float("nan"),
            "none": None,
            "home": firestore.GeoPoint(52.5, 13.4),
            "vector": Vector([1.0, 2.0]),
            "doctor": linked,
            "tags": ["<b>", {"deep": b"\x02\x03"}],
        }
    )
    world.database.document("people/ana/visits/v1").set({"x": 1})

    root = world.get("/api/firestore")
    assert root["kind"] == "root"
    assert "people" in root["collections"]

    listed = world.get("/api/firestore", path="people")
    assert (listed["kind"], listed["next"]) == ("collection", None)
    assert [document["path"] for document in listed["documents"]] == ["people/ana"]

    one = world.get("/api/firestore", path="people/ana")
    assert (one["kind"], one["collections"]) == ("document", ["visits"])
    assert one["documents"] == listed["documents"]
    assert one["documents"][0]["fields"] == {
        "name": "<sealed 45 bytes>",
        "born": moment.isoformat(),
        "active": True,
        "visits": 3,
        "large": str(2**60),
        "ratio": "nan",
        "none": None,
        "home": {"latitude": 52.5, "longitude": 13.4},
        "vector": [1.0, 2.0],
        "doctor": "→ people/ben",
        "tags": ["<b>", {"deep": "<sealed 2 bytes>"}],
    }
    missing = world.get("/api/firestore", path="people/nobody")
    assert (missing["kind"], missing["documents"], missing["collections"]) == ("document", [], [])


def test_collections_come_in_pages(world: World) -> None:
    batch = world.database.batch()
    for number in range(120):
        batch.set(world.database.document(f"many/{number:03}"), {"n": number})
    batch.commit()

    seen, after = [], {}
    while True:
        page = world.get("/api/firestore", path="many", **after)
        assert len(page["documents"]) <= 50
        seen += [document["fields"]["n"] for document in page["documents"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == list(range(120))


@pytest.mark.parametrize("path", ["a//b", "/a", "a/", "__reserved__/b", "a/.."])
def test_a_path_that_is_none_is_refused(world: World, path: str) -> None:
    assert "path" in world.refused("/api/firestore", 400, path=path)


# Services


def test_services_are_those_of_the_run(world: World) -> None:
    free = choose(ANY, {}).api
    services = [
        {"name": "smtp", "about": "Mail", "pid": 1, "port": world.smtp, "log": "/x/smtp.log", "state": "ready"},
        {"name": "api", "about": "API", "pid": 2, "port": free, "log": "/x/api.log", "state": "starting"},
    ]
    assert world.get("/api/services") == []
    DataDir(world.data_dir).write_run({"pid": 1, "services": services})
    shown = world.get("/api/services")
    assert [(each["name"], each["state"], each["answers"]) for each in shown] == [
        ("smtp", "ready", True),
        ("api", "starting", False),
    ]
    assert shown[1]["url"] == f"http://localhost:{free}"


# Services that are down


def test_what_is_down_is_said(tmp_path: Path) -> None:
    closed = choose(ANY, {})
    environ = {
        "FIRESTORE_EMULATOR_HOST": f"127.0.0.1:{closed.firestore}",
        "CLOUD_TASKS_URL": f"http://127.0.0.1:{closed.tasks}",
    }
    with (
        service("localcloud.console", "--port", "0", "--data-dir", str(tmp_path), environ=environ) as (port, _),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as console,
    ):
        assert console.get("/health").json() == {"status": "ok"}
        assert console.get("/api/outbox").json() == []
        tasks = console.get("/api/tasks")
        assert (tasks.status_code, tasks.json()) == (502, {"error": "The task queues do not answer."})
        documents = console.get("/api/firestore")
        assert documents.status_code == 503
        assert documents.json()["error"].startswith("Firestore does not answer")


def test_a_real_project_is_never_read(tmp_path: Path) -> None:
    environ = {"FIRESTORE_EMULATOR_HOST": ""}
    with service("localcloud.console", "--port", "0", "--data-dir", str(tmp_path), environ=environ) as (port, _):
        answer = httpx.get(f"http://127.0.0.1:{port}/api/firestore", trust_env=False)
    assert answer.status_code == 503
    assert "reads no real project" in answer.json()["error"]


# The page and its protection


class Page(HTMLParser):
    """Scripts, and everything that refers to something outside."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.references: list[str] = []
        self.handlers: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        self.references += [value or "" for name, value in attrs if name in {"src", "href", "action"}]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "script":
            self.scripts.append(data)


def test_the_page_is_whole_and_runs_only_its_own_script(world: World) -> None:
    answer = world.console.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(answer.text)
    assert len(page.scripts) == 1
    assert "/api/outbox" in page.scripts[0]
    assert page.handlers == []
    assert all(reference.startswith(("#", "data:")) for reference in page.references)

    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    digest = base64.b64encode(hashlib.sha256(page.scripts[0].encode()).digest()).decode()
    assert policy["script-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    # Markup made of text is how stored values would become code.
    assert not any(
        name in page.scripts[0] for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write")
    )


@pytest.mark.parametrize("path", ["/", "/api/outbox", "/api/firestore", "/api/services", "/nowhere"])
def test_every_answer_is_kept_from_other_pages(world: World, path: str) -> None:
    headers = world.console.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:4000", "10.0.0.1", ""]
)
@pytest.mark.parametrize("path", ["/", "/api/outbox"])
def test_another_host_name_is_refused(world: World, host: str, path: str) -> None:
    assert world.console.get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:4000", "127.0.0.1:4000"])
def test_loopback_names_are_answered(world: World, host: str) -> None:
    assert world.console.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_console_only_reads(world: World, method: str) -> None:
    answer = world.console.request(method, "/api/firestore", params={"path": "people/ana"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_an_unknown_address_says_what_there_is(world: World) -> None:
    said = world.refused("/<script>", 404)
    assert "/api/outbox" in said
    assert "<script>" not in said


def test_stored_markup_stays_data(world: World) -> None:
    send(world, "mark@up.example", "<markup@x>", html="</script><script>alert(1)</script>")
    answer = world.console.get("/api/outbox", params={"to": "mark@up.example"})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert "alert(1)" in json.loads(answer.text)[0]["html"]
    assert "alert(1)" not in world.console.get("/").text


def test_it_ends_well_on_sigterm(tmp_path: Path) -> None:
    with service("localcloud.console", "--port", "0", "--data-dir", str(tmp_path)) as (_, process):
        process.terminate()
        assert until(lambda: process.poll() is not None, "the console ends")
        assert process.returncode == 0
