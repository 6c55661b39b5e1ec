"""Bookings under load and under fire: who gets a slot, how long it takes, and what is left after a crash.

    python -m tools.bench_booking [--takers 100] [--users 100] [--slots 96] [--think 3 5] [--operations 1000]

Three scenes on local services, each with its own check:

1. takers: so many patients ask for one slot at the same moment. One is answered 201, all others 409.
2. users: so many patients look at a day's free slots, think, and book one, until the day is full. Every slot is taken
   exactly once; the time of every request is measured.
3. operations: patients book, move and cancel while the API and the database are killed (SIGKILL) and started again.
   Afterwards the stored days, appointments and reminders are compared with what was acknowledged.
"""

import argparse
import http.client
import itertools
import json
import os
import random
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from localcloud.services import MANY
from localcloud.stack import Stack
from shared.patients.documents import Patient, Relationship, Source
from shared.scheduling.availability import WEEKDAYS, Schedule, WeeklyHours
from shared.scheduling.booking.documents import Appointment
from shared.scheduling.booking.reminder_documents import Reminder, ReminderPlan
from shared.scheduling.days import ProviderDay
from shared.scheduling.profiles import new_profile
from shared.store.document import Document, decode
from shared.users.documents import Role
from tools.bench.world import SETTINGS, Account, World

#: The limit of bookings would end the measurement; everything else is as in production.
#: As many threads as `up` gives the API.
LIMITS = {
    **SETTINGS,
    **MANY,
    "RATE_LIMIT_BOOKINGS_PER_HOUR": "100000",
    "DATABASE_TIMEOUT_SECONDS": "10",
}
#: Between two attempts at an operation whose answer did not come.
PAUSE_SECONDS = 0.1
_ZONE = "America/New_York"


@dataclass
class Answer:
    """What came back, and when it was all there."""

    status: int
    body: Any
    milliseconds: float

    @property
    def reason(self) -> str:
        """Why it was refused."""
        return str(self.body["error"]["reason"]) if self.status >= 400 else ""


class Caller:
    """One client. It connects anew for each request: servers close connections that people think over."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> Answer:
        """Send JSON. Raises `OSError` or `HTTPException` when no answer comes."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        return Answer(answer.status, json.loads(raw) if raw else None, (time.perf_counter() - started) * 1000)

    def insist(self, method: str, path: str, body: Any = None) -> Answer:
        """The same under one Idempotency-Key until it is answered, whatever happens to the backend."""
        key = uuid.uuid4().hex
        while True:
            try:
                answer = self.call(method, path, body, key)
            except (OSError, http.client.HTTPException):
                time.sleep(PAUSE_SECONDS)
                continue
            if answer.status < 500 and answer.reason != "CONTENTION":
                return answer
            time.sleep(PAUSE_SECONDS)


class Clinic:
    """A provider with a day full of slots, and patients."""

    def __init__(
        self, stack: Stack, patients: int, *, slot_minutes: int = 30, hours: tuple[int, int] = (0, 24)
    ) -> None:
        self.stack = stack
        self.world = World(stack)
        self.doctor = self.world.account(Role.DOCTOR)
        weekly = [WeeklyHours(weekday=day, start=hours[0] * 60, end=hours[1] * 60) for day in WEEKDAYS]
        schedule = Schedule(id=self.doctor.id, time_zone=_ZONE, weekly=weekly, slot_minutes=slot_minutes)
        self.world.store([schedule, new_profile(self.doctor.user, datetime.now(UTC))])
        self.patients = [self.world.account(Role.PATIENT) for _ in range(patients)]
        self.world.store(document for account in self.patients for document in self._record(account))
        self.slot_minutes = slot_minutes

    def _record(self, account: Account) -> Iterator[Document]:
        now = datetime.now(UTC)
        patient_id = account.user.patient_id or ""
        patient = Patient(
            id=patient_id, mrn=f"MRN-{patient_id[:8].upper()}", user_id=account.id, name=account.user.name,
            date_of_birth=date(1985, 3, 15), created_by=account.id, created_at=now, updated_at=now,
        )  # fmt: skip
        yield patient
        yield Relationship(
            id=f"{patient_id}_{account.id}", patient_id=patient_id, user_id=account.id, active=True, name=patient.name,
            sources=[Source(kind="self", ref_id=patient_id)], mrn=patient.mrn, date_of_birth=patient.date_of_birth,
            sort_key=now, updated_at=now,
        )  # fmt: skip

    def caller(self, account: Account) -> Caller:
        """The API, called by somebody."""
        return Caller(self.stack.ports.api, account.token)

    def day(self, ahead: int) -> str:
        """A date so many days from now."""
        return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()

    def body(self, day: str, clock: str) -> dict[str, Any]:
        """A booking."""
        return {"providerId": self.doctor.id, "date": day, "time": clock, "type": "routine_checkup",
                "reason": "A visit that many want", "duration": self.slot_minutes}  # fmt: skip

    def stored(self, cls: type[Document]) -> list[Any]:
        """Every stored document of a type."""
        from shared import clients

        found = clients.firestore().collection(cls.collection).stream()
        return [decode(cls, each.id, each.to_dict() or {}, clients.sealer()) for each in found]


@contextmanager
def clinic(folder: Path, patients: int, *, durable: bool = False, **options: Any) -> Iterator[Clinic]:
    """A clinic on services of its own."""
    from shared import clients

    stack = Stack(folder, durable=durable, workers=True, settings=LIMITS)
    try:
        stack.start()
        stack.start_api()
        yield Clinic(stack, patients, **options)
    finally:
        clients.firestore.cache_clear()  # type: ignore[attr-defined]
        clients.sealer.cache_clear()  # type: ignore[attr-defined]
        clients.keyring.cache_clear()  # type: ignore[attr-defined]
        stack.stop()


def processor_seconds(there: Clinic, name: str) -> float:
    """What a service's processes have used of the processor; the machine's other work does not change it."""
    leader, ticks = there.stack.processes[name].pid, 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


# 1. One slot


@dataclass
class Taken:
    """How it went when many wanted one slot."""

    statuses: Counter[int]
    reasons: Counter[str]
    milliseconds: list[float]

    @property
    def problems(self) -> list[str]:
        """What is not as it should be."""
        losers = sum(self.statuses.values()) - 1
        wanted = Counter({201: 1, 409: losers})
        found = [] if self.statuses == wanted else [f"statuses {dict(self.statuses)}, not {dict(wanted)}"]
        return found + ([] if set(self.reasons) <= {"SLOT_NOT_AVAILABLE"} else [f"reasons {dict(self.reasons)}"])


def takers(there: Clinic) -> Taken:
    """Everybody asks for the same slot at once."""
    together = threading.Barrier(len(there.patients))

    def take(account: Account) -> Answer:
        caller = there.caller(account)
        together.wait()
        return caller.call("POST", "/appointments", there.body(there.day(7), "10:00"))

    with ThreadPoolExecutor(len(there.patients)) as pool:
        answers = list(pool.map(take, there.patients))
    return Taken(
        Counter(a.status for a in answers),
        Counter(a.reason for a in answers if a.status >= 400),
        [a.milliseconds for a in answers],
    )


# 2. A day's slots


@dataclass
class Filled:
    """How it went when many booked a day full."""

    booked: list[str] = field(default_factory=list)
    free: list[str] = field(default_factory=list)
    lost: int = 0
    other: Counter[str] = field(default_factory=Counter)
    booking: list[float] = field(default_factory=list)
    looking: list[float] = field(default_factory=list)
    seconds: float = 0.0
    #: Processor time by service, a request; the workers' and the queue's is behind the answers.
    cost: dict[str, float] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def users(there: Clinic, slots: int, think: tuple[float, float]) -> Filled:
    """Everybody looks, thinks and books until the day's first `slots` slots are taken, and each of them once."""
    found, day, lock = Filled(), there.day(8), threading.Lock()
    path = f"/providers/{there.doctor.id}/available-slots?date={day}&duration={there.slot_minutes}"
    every = there.caller(there.patients[0]).insist("GET", path).body["slots"][:slots]
    wanted = set(every)

    def visit(account: Account) -> None:
        caller, dice = there.caller(account), random.Random(account.id)
        time.sleep(dice.uniform(0, think[1]))
        while True:
            seen = caller.call("GET", path)
            if seen.status != 200:
                with lock:
                    found.other[seen.reason] += 1
                continue
            choice = [slot for slot in seen.body["slots"] if slot in wanted]
            with lock:
                found.looking.append(seen.milliseconds)
            if not choice:
                return
            time.sleep(dice.uniform(*think))
            slot = dice.choice(choice)
            answer = caller.call("POST", "/appointments", there.body(day, slot))
            with lock:
                found.booking.append(answer.milliseconds)
                if answer.status == 201:
                    found.booked.append(slot)
                elif answer.reason == "SLOT_NOT_AVAILABLE":
                    found.lost += 1
                else:
                    found.other[f"{answer.status} {answer.reason}"] += 1

    services = ("api", "workers", "firestore", "tasks")
    started, used = time.perf_counter(), {name: processor_seconds(there, name) for name in services}
    with ThreadPoolExecutor(len(there.patients)) as pool:
        list(pool.map(visit, there.patients))
    count = len(found.booking) + len(found.looking)
    found.cost = {name: (processor_seconds(there, name) - before) / count * 1000 for name, before in used.items()}
    found.seconds = time.perf_counter() - started
    if sorted(found.booked) != sorted(every):
        found.problems.append(f"{len(every)} slots, {len(found.booked)} bookings of {len(set(found.booked))}")
    if found.other:
        found.problems.append(f"other answers: {dict(found.other)}")
    found.problems += overlaps(there)
    return found


def overlaps(there: Clinic) -> list[str]:
    """Pairs of appointments that take the same time of the same person."""
    wrong = []
    for day in there.stored(ProviderDay):
        taken = sorted((b for b in day.busy if b.kind == "appointment"), key=lambda b: b.start)
        wrong += [f"{day.id}: {a.ref_id} and {b.ref_id}" for a, b in itertools.pairwise(taken) if b.start < a.end]
    return wrong


# 3. Operations and crashes


@dataclass
class Ledger:
    """What was acknowledged: appointment → when it begins, or None once it is cancelled."""

    visits: dict[str, str | None] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def operations(self) -> int:
        """How many have been answered."""
        return sum(self.done.values()) + sum(self.refused.values())


def operations(there: Clinic, count: int, kills: int) -> Ledger:
    """Mixed operations by everybody, `kills` crashes spread over them, and the check."""
    ledger, lock, numbers = Ledger(), threading.Lock(), iter(range(count))
    failed: list[BaseException] = []

    def work(account: Account) -> None:
        caller, dice = there.caller(account), random.Random(account.id)
        mine: list[str] = []
        try:
            while True:
                with lock:
                    if failed or next(numbers, None) is None:
                        return
                _operate(there, caller, dice, mine, ledger, lock)
        except BaseException as problem:
            failed.append(problem)

    threads = [threading.Thread(target=work, args=(account,), daemon=True) for account in there.patients]
    for thread in threads:
        thread.start()
    for number in range(kills):
        _wait(lambda n=number: ledger.operations >= (n + 1) * count // (kills + 1) or failed)  # type: ignore[misc]
        name = ("api", "firestore")[number % 2]
        there.stack.kill(name)
        there.stack.restart(name)
    for thread in threads:
        thread.join(600)
    if failed:
        raise failed[0]
    ledger.problems = _compared(there, ledger)
    return ledger


def _wait(condition: Callable[[], Any], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the backend does not get on")
        time.sleep(0.02)


def _operate(
    there: Clinic, caller: Caller, dice: random.Random, mine: list[str], ledger: Ledger, lock: threading.Lock
) -> None:
    """Book, move or cancel, as it comes."""
    clock = f"{dice.randrange(24):02}:{dice.choice(('00', '30'))}"
    day = there.day(dice.randint(10, 14))
    what = dice.choice(("book", "book", "move", "cancel")) if mine else "book"
    chosen = dice.choice(mine) if what != "book" else ""
    match what:
        case "book":
            answer = caller.insist("POST", "/appointments", there.body(day, clock))
        case "move":
            body = {"date": day, "time": clock}
            answer = caller.insist("PUT", f"/appointments/{chosen}/reschedule", body)
        case _:
            answer = caller.insist("DELETE", f"/appointments/{chosen}")
    with lock:
        if answer.status >= 400:
            ledger.refused[f"{what} {answer.reason}"] += 1
            return
        ledger.done[what] += 1
        ledger.visits[answer.body["id"]] = None if what == "cancel" else answer.body["startsAt"]
    if what == "book":
        mine.append(answer.body["id"])
    elif what == "cancel":
        mine.remove(chosen)


def _compared(there: Clinic, ledger: Ledger) -> list[str]:
    """What differs between what was acknowledged and what is stored."""
    wrong = overlaps(there)
    stored = {a.id: a for a in there.stored(Appointment)}
    for lost in ledger.visits.keys() - stored.keys():
        wrong.append(f"lost: {lost}")
    for doubled in stored.keys() - ledger.visits.keys():
        wrong.append(f"nobody was told of: {doubled}")
    placed = Counter(b.ref_id for day in there.stored(ProviderDay) for b in day.busy if b.kind == "appointment")
    for visit_id, start in ledger.visits.items():
        visit = stored.get(visit_id)
        if visit is None:
            continue
        if visit.status.is_open != (start is not None):
            wrong.append(f"{visit_id} is {visit.status}")
        elif start is not None and visit.start != datetime.fromisoformat(start):
            wrong.append(f"{visit_id} begins at another time than was told")
        if placed[visit_id] != (1 if start is not None else 0):
            wrong.append(f"{visit_id} takes time on {placed[visit_id]} days")
    return wrong + _reminders(there, stored)


def _reminders(there: Clinic, stored: dict[str, Appointment]) -> list[str]:
    """Open appointments have each reminder once, at its time; the others have none that waits."""

    def problems() -> list[str]:
        plans = {plan.id: plan for plan in there.stored(ReminderPlan)}
        found = {reminder.id: reminder for reminder in there.stored(Reminder)}
        wrong = [f"{a.id} has no reminders" for a in stored.values() if a.status.is_open and a.id not in plans]
        for reminder in found.values():
            visit = stored[reminder.appointment_id]
            due = visit.start - timedelta(minutes=reminder.minutes)
            if reminder.state == "waiting" and (not visit.status.is_open or reminder.due_at != due):
                wrong.append(f"{reminder.id} is not what its appointment asks for")
        ids = Counter((r.appointment_id, r.minutes) for r in found.values())
        return wrong + [f"{key} twice" for key, number in ids.items() if number > 1]

    # Workers are behind; those that a crash interrupted are tried again, and what was not woken is swept up. They yield
    # to everything else on the machine, so they are waited for as long as they get on.
    wrong, deadline = problems(), time.monotonic() + 120
    while wrong and time.monotonic() < deadline:
        there.stack.run_schedule("sweep_outbox")
        time.sleep(1)
        before, wrong = len(wrong), problems()
        if len(wrong) < before:
            deadline = time.monotonic() + 120
    return wrong


def main(arguments: list[str]) -> int:
    """Run the scenes and print what they showed; 1 if a check failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--takers", type=int, default=100)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--slots", type=int, default=96)
    parser.add_argument("--think", type=float, nargs=2, default=(3.0, 5.0), metavar=("LEAST", "MOST"))
    parser.add_argument("--operations", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=4)
    chosen = parser.parse_args(arguments)
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="consentmd-booking-") as scratch:
        if chosen.takers:
            with clinic(Path(scratch) / "takers", chosen.takers) as there:
                taken = takers(there)
            problems += taken.problems
            times = (
                f"p50 {percentile(taken.milliseconds, 0.5):.0f} ms, p95 {percentile(taken.milliseconds, 0.95):.0f} ms"
            )
            print(f"{chosen.takers} takers of one slot: {dict(taken.statuses)}; {times}")
        if chosen.users:
            with clinic(Path(scratch) / "users", chosen.users, slot_minutes=15) as there:
                filled = users(there, chosen.slots, tuple(chosen.think))
            problems += filled.problems
            for name, values in (("booking", filled.booking), ("looking", filled.looking)):
                print(
                    f"{chosen.users} users, {name}: {len(values)} requests, p50 {percentile(values, 0.5):.0f} ms,"
                    f" p95 {percentile(values, 0.95):.0f} ms, p99 {percentile(values, 0.99):.0f} ms"
                )
            cost = ", ".join(f"{name} {each:.1f} ms" for name, each in filled.cost.items())
            print(f"  {len(set(filled.booked))} slots, {filled.lost} times too late, {filled.seconds:.0f} s")
            print(f"  processor time a request: {cost}")
        if chosen.operations:
            with clinic(Path(scratch) / "operations", 20, durable=True) as there:
                ledger = operations(there, chosen.operations, chosen.kills)
            problems += ledger.problems
            print(f"{ledger.operations} operations, {chosen.kills} kills: {dict(ledger.done)}; {dict(ledger.refused)}")
    for problem in problems[:20]:
        print(f"PROBLEM {problem}")
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
