"""Transactions of many clients at once, recorded and checked for strict serializability."""

import itertools
import random
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from blocking import transactional
from conftest import connect
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore
from google.cloud.firestore import FieldFilter
from history import Attempt, violations
from program import Program, steady_port

from localcloud.firestore import serve
from localcloud.firestore.transactions import Transactions

KEYS = [f"{group}{number}" for group in "abc" for number in range(3)]


class Recorder:
    """Runs random transactions over the lists of one collection and writes down what each attempt saw and did."""

    def __init__(self, connect: Callable[[], firestore.Client]) -> None:
        self._connect = connect
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.history: list[Attempt] = []
        self.lost_sight = 0
        """How many attempts ended in another error than ABORTED: when the engine was killed, none otherwise."""

    def begin(self) -> Attempt:
        with self._lock:
            attempt = Attempt(next(self._numbers), began=time.monotonic())
            self.history.append(attempt)
            return attempt

    def _lost_sight(self) -> None:
        with self._lock:
            self.lost_sight += 1

    def work(self, seed: int, count: int) -> None:
        dice = random.Random(seed)
        client = self._connect()
        for _ in range(count):
            dice.choice((self._transaction, self._transaction, self._transaction, self._write, self._read))(
                client, dice
            )

    def _transaction(self, client: firestore.Client, dice: random.Random) -> None:
        attempts: list[Attempt] = []

        def body(transaction: firestore.Transaction) -> None:
            for earlier in attempts:
                # Another attempt is only made after the service said ABORTED.
                earlier.committed = False
            attempt = self.begin()
            attempts.append(attempt)
            look(client, attempt, dice, transaction)
            known = [key for key in attempt.reads if dice.random() < 0.5]
            for key in {*known, dice.choice(KEYS)} if dice.random() < 0.8 else ():
                append(client, transaction, attempt, key)

        try:
            transactional(body)(client.transaction(read_only=False))
        except (exceptions.Aborted, ValueError):
            attempts[-1].committed = False
        except exceptions.GoogleAPICallError:
            self._lost_sight()
        else:
            attempts[-1].ended = time.monotonic()
            attempts[-1].committed = True

    def _write(self, client: firestore.Client, dice: random.Random) -> None:
        attempt = self.begin()
        batch = client.batch()
        for key in dice.sample(KEYS, 2):
            append(client, batch, attempt, key)
        try:
            batch.commit()
        except exceptions.GoogleAPICallError:
            self._lost_sight()
            return
        attempt.ended, attempt.committed = time.monotonic(), True

    def _read(self, client: firestore.Client, dice: random.Random) -> None:
        attempt = self.begin()
        try:
            if dice.random() < 0.5:
                look(client, attempt, dice, None, once=True)
            else:
                transaction = client.transaction(read_only=True)
                transaction._begin()
                look(client, attempt, dice, transaction)
                transaction._commit()
        except exceptions.GoogleAPICallError:
            self._lost_sight()
            attempt.committed = False
            return
        attempt.ended, attempt.committed = time.monotonic(), True


def look(
    client: firestore.Client, attempt: Attempt, dice: random.Random, transaction: Any, *, once: bool = False
) -> None:
    """Read some lists by name, and those of a group by query: a list that is not there yet counts as read, too."""
    collection = client.collection("lists")
    by_query = dice.random() < 0.5
    if by_query:
        group = dice.choice("abc")
        query = collection.where(filter=FieldFilter("group", "==", group))
        answer = found_by(query, transaction)
        attempt.reads |= {key: [] for key in KEYS if key[0] == group} | answer
    if not (once and by_query):
        references = [collection.document(key) for key in dice.sample(KEYS, dice.randint(1, 3))]
        for found in client.get_all(references, transaction=transaction):
            attempt.reads[found.id] = found.get("list") if found.exists else []


def found_by(query: firestore.Query, transaction: Any) -> dict[str, list[int]]:
    """The whole answer to a query: one that fails half-way has read nothing.

    Without a transaction the client would go on behind the last document, at another time (or fail to: its default
    asks for what is not there). So it is told not to try again, and asked for the whole answer again.
    """
    if transaction is not None:
        return {found.id: found.get("list") for found in query.stream(transaction=transaction)}
    return _UNTIL_IT_ANSWERS(lambda: {found.id: found.get("list") for found in query.stream(retry=_Never())})()


class _Never:
    """No second try, of the synchronous client and of the asynchronous one: their own classes fit one of them."""

    @staticmethod
    def _predicate(_: Exception) -> bool:
        return False

    def __call__(self, call: Any) -> Any:
        return call


_UNTIL_IT_ANSWERS = Retry(
    predicate=if_exception_type(exceptions.ServiceUnavailable), initial=0.1, maximum=1, timeout=120
)


def append(client: firestore.Client, batch: Any, attempt: Attempt, key: str) -> None:
    attempt.appends.add(key)
    data = {"group": key[0], "list": firestore.ArrayUnion([attempt.number])}
    batch.set(client.collection("lists").document(key), data, merge=True)


def lists(client: firestore.Client) -> dict[str, list[int]]:
    return {found.id: found.get("list") for found in client.collection("lists").stream()}


def stress(connect: Callable[[], firestore.Client], clients: int, count: int) -> list[Attempt]:
    recorder = Recorder(connect)
    with ThreadPoolExecutor(clients) as pool:
        for worker in [pool.submit(recorder.work, seed, count) for seed in range(clients)]:
            worker.result()
    assert violations(recorder.history, lists(connect())) == []
    assert recorder.lost_sight == 0
    return recorder.history


def test_many_clients_leave_a_serializable_history(clients: Callable[..., firestore.Client]) -> None:
    history = stress(lambda: clients("histories"), clients=8, count=20)
    outcomes = [attempt.committed for attempt in history if attempt.reads and attempt.appends]
    assert outcomes.count(True) > 40
    assert False in outcomes, "nothing was contended: this run shows nothing"


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("round_number", range(4))
def test_many_clients_for_long(clients: Callable[..., firestore.Client], round_number: int) -> None:
    stress(lambda: clients(f"histories-{round_number}"), clients=24, count=150)


def kill_under_clients(data_dir: Path, rounds: int, clients: int, count: int) -> int:
    """Kill and start the engine again on its port while clients work; what was acknowledged must be one history.

    Returns how many attempts nobody knows the end of.
    """
    port = steady_port()
    program = Program(data_dir, port)
    recorder = Recorder(lambda: connect(port))
    with ThreadPoolExecutor(clients) as pool:
        working = [pool.submit(recorder.work, seed, count) for seed in range(clients)]
        pause = threading.Event()
        for number in range(1, rounds + 1):
            while len(recorder.history) < number * clients * count // (rounds + 1):
                pause.wait(0.01)
            program.end(signal.SIGKILL)
            program = Program(data_dir, port)
        for worker in working:
            worker.result()
    final = lists(connect(port))
    program.end(signal.SIGTERM)
    assert violations(recorder.history, final) == []
    return recorder.lost_sight


def test_a_killed_engine_leaves_a_serializable_history(tmp_path: Path) -> None:
    kill_under_clients(tmp_path, rounds=1, clients=4, count=30)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_an_engine_killed_many_times_leaves_a_serializable_history(tmp_path: Path) -> None:
    assert kill_under_clients(tmp_path, rounds=30, clients=12, count=150) > 0, "no kill hit a transaction"


def skewed(client: firestore.Client) -> tuple[list[Attempt], dict[str, list[int]]]:
    """Two transactions read the lists of a group; each appends to another one. At most one may commit."""
    history = [Attempt(1, began=1.0), Attempt(2, began=1.5)]
    open_ones = []
    for attempt in history:
        transaction = client.transaction()
        transaction._begin()
        query = client.collection("lists").where(filter=FieldFilter("group", "==", "a"))
        attempt.reads = {key: [] for key in ("a0", "a1")}
        attempt.reads |= {found.id: found.get("list") for found in query.stream(transaction=transaction)}
        open_ones.append(transaction)
    for attempt, transaction in zip(history, open_ones, strict=True):
        append(client, transaction, attempt, f"a{attempt.number - 1}")
        try:
            transaction._commit()
        except exceptions.Aborted:
            attempt.committed = False
        else:
            attempt.ended, attempt.committed = 2.0 + attempt.number, True
    return history, lists(client)


def test_the_checker_finds_what_an_engine_without_validation_lets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(None)
    try:
        history, final = skewed(connect(server.port, "sound"))
        assert [attempt.committed for attempt in history] == [True, False]
        assert violations(history, final) == []
        monkeypatch.setattr(Transactions, "validator", lambda *_: lambda: None)
        history, final = skewed(connect(server.port, "unsound"))
        assert [attempt.committed for attempt in history] == [True, True]
        [found] = violations(history, final)
        assert "in a circle: " in found
        recorder = Recorder(lambda: connect(server.port, "unsound-stress"))
        with ThreadPoolExecutor(4) as pool:
            for worker in [pool.submit(recorder.work, seed, 25) for seed in range(4)]:
                worker.result()
        assert violations(recorder.history, lists(connect(server.port, "unsound-stress")))
    finally:
        server.stop()


def attempt(number: int, began: float, ended: float, reads: dict[str, list[int]], *appends: str) -> Attempt:
    return Attempt(number, began, ended, reads, set(appends), committed=True)


@pytest.mark.parametrize(
    ("history", "final", "said"),
    [
        ([attempt(1, 0, 1, {}, "x"), attempt(2, 2, 3, {"x": [1]}, "x")], {"x": [1, 2]}, None),
        ([attempt(1, 0, 9, {"x": []}, "x"), attempt(2, 0, 9, {"x": [1]}, "x")], {"x": [1, 2]}, None),
        # lost update
        ([attempt(1, 0, 9, {"x": []}, "x"), attempt(2, 0, 9, {"x": []}, "x")], {"x": [2]}, "append of 1 to x"),
        ([attempt(1, 0, 9, {"x": []}, "x"), attempt(2, 0, 9, {"x": []}, "x")], {"x": [1, 2]}, "circle"),
        # write skew
        (
            [attempt(1, 0, 9, {"x": [], "y": []}, "x"), attempt(2, 0, 9, {"x": [], "y": []}, "y")],
            {"x": [1], "y": [2]},
            "circle",
        ),
        # stale read: over before the reader began
        ([attempt(1, 0, 1, {}, "x"), attempt(2, 2, 3, {"x": []})], {"x": [1]}, "circle"),
        # the same read, overlapping
        ([attempt(1, 0, 2, {}, "x"), attempt(2, 1, 3, {"x": []})], {"x": [1]}, None),
        # half of a transaction seen
        ([attempt(1, 0, 9, {}, "x", "y"), attempt(2, 0, 9, {"x": [1], "y": []})], {"x": [1], "y": [1]}, "circle"),
        # of a transaction that failed
        ([Attempt(1, 0, 9, {}, {"x"}, committed=False)], {"x": [1]}, "nobody committed"),
        # of one whose end nobody knows: both are possible
        ([Attempt(1, 0, 9, {}, {"x"}), attempt(2, 2, 3, {"x": [1]})], {"x": [1]}, None),
        ([Attempt(1, 0, 9, {}, {"x"}), attempt(2, 2, 3, {"x": []})], {}, None),
        ([attempt(2, 2, 3, {"x": [1]})], {"x": []}, "no beginning"),
    ],
)
def test_the_checker_knows_the_anomalies(history: list[Attempt], final: dict[str, list[int]], said: str | None) -> None:
    found = violations(history, final)
    assert (not found) if said is None else (said in found[0]), found
