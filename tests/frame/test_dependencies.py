"""Without Firestore, storage or the mail server: 503 in the one shape, nothing half done, and it recovers by itself."""

import contextlib
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from google.cloud.firestore import DocumentReference

from localcloud.environment import Ports
from localcloud.ports import choose
from localcloud.smtp import outbox
from localcloud.stack import Stack
from shared.errors import DatabaseUnavailable
from shared.store import Unit, new_id
from shared.store.crypto import Sealer
from shared.store.keys import Keyring
from shared.users.preference_documents import Preferences
from tests.accidents import Apart, backend, database
from tests.client import Api, refused
from tests.conftest import eventually
from tests.localcloud.running import service
from tests.world import Account, unique
from tests.writers import Practice

pytestmark = pytest.mark.timeout(240)

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


class Scene:
    """A backend whose services the tests of this file break and mend; they leave it whole."""

    def __init__(self, stack: Stack, world: Apart, fallback_port: int, fallback_dir: Path) -> None:
        self.stack = stack
        self.world = world
        self.fallback_port = fallback_port
        self.fallback_dir = fallback_dir
        self.doctor: Account = world.doctor()
        self.patient_id: str = world.record(by=self.doctor)["id"]

    @property
    def api(self) -> Api:
        return self.world.api.as_(self.doctor)

    def vitals(self) -> list[str]:
        """Notes of the vital signs on the record."""
        answer = self.api.get(f"/patients/{self.patient_id}/vitals?limit=100")
        assert answer.status == 200, answer
        return [row["notes"] for row in answer["data"]]

    def record(self, note: str, key: str):
        body = {"heartRate": 64, "notes": note}
        return self.api.post(f"/patients/{self.patient_id}/vitals", body, headers={"Idempotency-Key": key})

    def recovers(self) -> None:
        """The API answers again, with nobody's help."""

        def answers() -> bool:
            # A connection kept open is closed by the server at some moment of its own, which may be this one.
            with contextlib.suppress(httpx.TransportError):
                return self.api.get("/users/me").status == 200
            return False

        eventually(answers, "the API answers again", seconds=90)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    port = choose(Ports(0, 0, 0, 0, 0, 0), {}).smtp
    fallback = {"SMTP_FALLBACK_HOST": "127.0.0.1", "SMTP_FALLBACK_PORT": str(port), "SMTP_FALLBACK_SECURITY": "none"}
    with backend(tmp_path_factory.mktemp("dependencies"), **fallback) as (stack, world):
        yield Scene(stack, world, port, tmp_path_factory.mktemp("fallback"))


# Firestore


def test_a_database_that_does_not_answer_is_503(scene: Scene) -> None:
    scene.stack.pause("firestore")
    try:
        refused(scene.api.get("/users/me"), 503, "DATABASE_UNAVAILABLE")
        refused(scene.api.get("/patients"), 503, "DATABASE_UNAVAILABLE")
        refused(scene.record("paused", uuid.uuid4().hex), 503, "DATABASE_UNAVAILABLE")
        login = {"email": scene.doctor.email, "password": scene.doctor.password}
        refused(scene.world.api.post("/auth/login", login), 503, "DATABASE_UNAVAILABLE")
        assert scene.world.api.get("/health").status == 200
    finally:
        scene.stack.resume("firestore")
    scene.recovers()
    assert "paused" not in scene.vitals()


def test_a_database_that_is_gone_is_503_until_it_is_back(scene: Scene) -> None:
    key = uuid.uuid4().hex
    scene.stack.kill("firestore")
    try:
        refused(scene.api.get("/users/me"), 503, "DATABASE_UNAVAILABLE")
        refused(scene.record("killed", key), 503, "DATABASE_UNAVAILABLE")
    finally:
        scene.stack.restart("firestore")
    scene.recovers()
    assert "killed" not in scene.vitals()
    assert scene.record("killed", key).status == 201
    assert scene.record("killed", key).headers["Idempotency-Replayed"] == "true"
    assert scene.vitals().count("killed") == 1


def test_writes_caught_by_a_database_that_stops_are_whole_or_not_there(scene: Scene) -> None:
    """Some commits are taken whose answer nobody waited for any more: repeated, each is there once, with its audit."""
    practice = Practice(scene.world, scene.stack.url)
    with practice.at_work():
        for _ in range(3):
            practice.written(3)
            scene.stack.pause("firestore")
            try:
                refused(scene.api.get("/users/me"), 503, "DATABASE_UNAVAILABLE")
            finally:
                scene.stack.resume("firestore")
        practice.written(3)
    practice.check(scene.world.api, scene.stack.data_dir / "smtp", lambda: scene.stack.run_schedule("sweep_outbox"))
    stored = database(scene.stack).collection
    signs = [s for s in stored("vitals").stream() if s.get("patientId") == practice.patient_id]
    entries = [e for e in stored("auditLogs").stream() if practice.patient_id in e.get("patientIds")]
    recorded = [e for e in entries if e.get("action") == "RECORD_VITALS" and e.get("changes")]
    assert len(recorded) == len(signs) == len(practice.ledger.vitals)


@pytest.mark.timeout(60)
def test_a_commit_whose_database_stops_is_given_up(scene: Scene) -> None:
    """It stops between the reads of a request and its commit, and does not answer what became of it either.

    The client's own patience is five minutes; the timeout of this test is its assertion.
    """
    client, keys = database(scene.stack), Sealer(Keyring(scene.stack.data_dir / "keys", ""))
    unit = Unit(connect=lambda: client, unlock=lambda: keys, timeout=1)
    unit.get(Preferences, new_id())
    made = unit.create(Preferences(id=new_id()))
    scene.stack.pause("firestore")
    try:
        with pytest.raises(DatabaseUnavailable):
            unit.commit()
    finally:
        scene.stack.resume("firestore")
    scene.recovers()
    # Repeated, it is there, whether or not the first attempt went through after all.
    again = Unit(connect=lambda: client, unlock=lambda: keys, timeout=20)
    again.put(made)
    again.commit()
    assert again.get(Preferences, made.id) == made


# Storage


def test_an_upload_without_storage_is_503_and_changes_nothing(scene: Scene) -> None:
    def upload():
        return scene.api.post("/users/me/avatar", files={"file": ("me.png", PNG, "image/png")})

    scene.stack.kill("storage")
    try:
        refused(upload(), 503, "STORAGE_UNAVAILABLE")
        assert scene.api.get("/users/me")["avatar"] is None
    finally:
        scene.stack.restart("storage")
    assert upload().status == 200
    path = f"/users/{scene.doctor.id}/avatar"
    # Once its scan has ended.
    eventually(lambda: scene.api.get(path).status == 200, "the picture", seconds=60)
    assert scene.api.get(path).response.content == PNG


# Mail


def test_mail_waits_for_its_server_and_goes_by_the_fallback(scene: Scene) -> None:
    stack, api = scene.stack, scene.world.api
    emails = database(stack).collection("emails")

    def register() -> tuple[str, DocumentReference]:
        """An account's address, and the document of the e-mail to it."""
        known = {m.id for m in emails.stream()}
        email = f"{unique('mail')}@example.org"
        body = {"email": email, "password": scene.doctor.password, "name": "Pat Mail", "role": "Patient"}
        assert api.post("/auth/register", body).status == 201
        [queued] = [m.reference for m in emails.stream() if m.id not in known]
        return email, queued

    stack.kill("smtp")
    waiting, message = register()
    eventually(lambda: message.get().get("attempts") > 0, "an attempt to send without a server")
    with service("localcloud.smtp", "--port", str(scene.fallback_port), "--data-dir", str(scene.fallback_dir)):
        eventually(lambda: outbox.messages(scene.fallback_dir, to=waiting), "mail over the fallback", seconds=90)
        # A server that stops between keeping a message and saying so gets it again, or the next one does.
        eventually(lambda: message.get().get("state") == "accepted", "the e-mail is known to be sent")
    other, message = register()
    eventually(lambda: message.get().get("attempts") > 0, "an attempt to send without a server")
    stack.restart("smtp")
    eventually(lambda: outbox.messages(stack.data_dir / "smtp", to=other), "mail after the server is back", seconds=90)
    assert len(outbox.messages(scene.fallback_dir, to=waiting)) == 1
    assert outbox.messages(stack.data_dir / "smtp", to=waiting) == []
