"""A practice at work while its backend is being killed, and what must be true of it afterwards.

Writers repeat each write until it is acknowledged, as an app would: under the same `Idempotency-Key`, or, for a
registration, until the address is taken. What was acknowledged is in the `Ledger`; `check` compares the backend with
it.
"""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx

from localcloud.smtp import outbox
from shared.mail import render
from tests.accidents import client
from tests.client import Answer, Api
from tests.conftest import eventually
from tests.world import PASSWORD, Account, World, unique

#: Between two attempts at the same write, so that a backend that is down is not hammered.
PAUSE_SECONDS = 0.1
#: Subjects of what a registration and an addition to a care team send. Signing in sends mail as well.
COUNTED = {
    render("verify_email", link="https://example.org/#token=x", valid_for=timedelta(hours=1)).subject,
    render("notification", link="https://example.org/", preferences="https://example.org/", kind="team_invite").subject,
}


@dataclass
class Ledger:
    """Every write that was acknowledged."""

    registered: list[str] = field(default_factory=list)
    vitals: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.registered) + len(self.vitals) + len(self.shared)


class Practice:
    """A doctor, a nurse and a patient's record; threads that write until they are told to stop."""

    def __init__(self, world: World, url: str) -> None:
        self.url = url
        self.doctor: Account = world.doctor()
        self.nurse: Account = world.nurse()
        self.patient_id: str = world.record(by=self.doctor)["id"]
        self.ledger = Ledger()
        self._ending = threading.Event()
        self._failed: list[BaseException] = []

    @contextmanager
    def at_work(self, each: int = 1) -> Iterator[None]:
        """Writers of every kind run while the block does; after it their last writes are acknowledged, too."""
        self._ending.clear()
        jobs = (self._register, self._record_vitals, self._share)
        threads = [threading.Thread(target=self._repeat, args=(job,), daemon=True) for job in jobs * each]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ending.set()
            for thread in threads:
                thread.join(120)
        self._complain()
        assert not any(thread.is_alive() for thread in threads), "a write was never acknowledged"

    def written(self, more: int) -> None:
        """Wait until `more` writes have been acknowledged from now on."""
        enough = len(self.ledger) + more

        def done() -> bool:
            self._complain()
            return len(self.ledger) >= enough

        eventually(done, f"{more} more writes", seconds=90)

    def _complain(self) -> None:
        """Raise what a writer ran into, if any did."""
        if self._failed:
            raise AssertionError(f"a writer failed: {self._failed[0]!r}") from self._failed[0]

    def _repeat(self, job: Callable[[Api], None]) -> None:
        try:
            with client(self.url) as http:
                while not self._ending.is_set():
                    job(Api(http))
        except BaseException as problem:
            self._failed.append(problem)
            self._ending.set()

    def _register(self, api: Api) -> None:
        body = {"email": f"{unique('kill')}@example.org", "password": PASSWORD, "name": "Pat Kill", "role": "Patient",
                "dateOfBirth": "1985-03-15"}  # fmt: skip
        answer = _until_acknowledged(lambda: api.post("/auth/register", body), taken="EMAIL_TAKEN")
        assert answer.status in {201, 409}, answer
        self.ledger.registered.append(body["email"])

    def _record_vitals(self, api: Api) -> None:
        note = uuid.uuid4().hex
        self._write(api, f"/patients/{self.patient_id}/vitals", {"heartRate": 64, "notes": note})
        self.ledger.vitals.append(note)

    def _share(self, api: Api) -> None:
        made = self._write(api, "/patients", {"name": "Pat Shared", "dateOfBirth": "1985-03-15"})
        self._write(api, f"/patients/{made['id']}/care-team", {"userId": self.nurse.id})
        self.ledger.shared.append(made["id"])

    def _write(self, api: Api, path: str, body: dict) -> Answer:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        answer = _until_acknowledged(lambda: api.as_(self.doctor).post(path, body, headers=key))
        assert answer.status in {200, 201}, answer
        return answer

    # Afterwards

    def check(
        self, api: Api, smtp_dir: Path, sweep: Callable[[], object], claimed: Callable[[], int] = lambda: 0
    ) -> None:
        """Every acknowledged write is there, once; the mails asked for arrive, each once.

        A mail whose sender was killed is taken over after its lease (two minutes). With `claimed`, the number of mails
        that a sender holds, those are not waited for. `sweep` looks for what was committed by a process that was killed
        before it could wake the dispatcher.
        """
        ledger = self.ledger
        notes = Counter(self._notes(api.as_(self.doctor)))
        assert [note for note in ledger.vitals if notes[note] != 1] == []
        assert set(notes) == set(ledger.vitals), "vital signs are there that nobody recorded"
        for patient_id in ledger.shared:
            assert api.as_(self.nurse).get(f"/patients/{patient_id}").status == 200
        for email in ledger.registered:
            assert api.post("/auth/login", {"email": email, "password": PASSWORD}).status == 200, email
        # The nurse's own registration is one of the two mails counted.
        wanted = dict.fromkeys(ledger.registered, 1) | {self.nurse.email: len(ledger.shared) + 1}

        def missing() -> int:
            sweep()
            return sum(wanted.values()) - sum(_arrived(smtp_dir, wanted).values())

        eventually(lambda: missing() <= claimed(), "every mail that was asked for", seconds=300)
        arrived = _arrived(smtp_dir, wanted)
        assert [to for to, count in arrived.items() if count > wanted[to]] == []

    def _notes(self, api: Api) -> Iterator[str]:
        cursor = ""
        while True:
            answer = api.get(f"/patients/{self.patient_id}/vitals?limit=100{cursor}")
            assert answer.status == 200, answer
            yield from (row["notes"] for row in answer["data"])
            if answer["pagination"]["nextCursor"] is None:
                return
            cursor = f"&cursor={answer['pagination']['nextCursor']}"


def check_audit(api: Api, admin: Account, seal: Callable[[], object], at_least: int) -> int:
    """Seal until everything is; the trail must be valid and hold `at_least` entries. Returns how many it holds."""

    def sealed() -> int:
        seal()
        verdict = api.as_(admin).get("/audit-logs/verify")
        assert verdict.status == 200, verdict
        assert verdict["valid"], verdict
        return verdict["entries"] if verdict["entries"] >= at_least else 0

    return eventually(sealed, f"{at_least} sealed audit entries", seconds=60)


def _until_acknowledged(send: Callable[[], Answer], taken: str = "") -> Answer:
    """Repeat a request while the backend is away (no connection, 503) or busy (409 CONTENTION)."""
    waiting = threading.Event()
    while True:
        try:
            answer = send()
        except httpx.TransportError:
            waiting.wait(PAUSE_SECONDS)
            continue
        if answer.status == 503 or (answer.status == 409 and answer.reason != taken):
            waiting.wait(PAUSE_SECONDS)
            continue
        return answer


def _arrived(smtp_dir: Path, wanted: dict[str, int]) -> dict[str, int]:
    """Distinct messages (by Message-ID) of the kinds counted here that arrived for each of the addresses."""
    counted = [message for message in outbox.messages(smtp_dir) if message["subject"] in COUNTED]
    found = Counter(to for message in counted for to in message["to"])
    return {to: found[to] for to in wanted}
