"""Readers beside writers, commits beside commits, and the asynchronous client."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.cloud import firestore
from google.cloud.firestore import FieldFilter

from localcloud.firestore import Server
from localcloud.firestore.clock import Clock
from localcloud.firestore.names import Database
from localcloud.firestore.writer import Committed, Job
from localcloud.firestore.writes import WriteOp


def test_every_read_is_a_consistent_snapshot(clients: Callable[..., firestore.Client]) -> None:
    """Writers move amounts between accounts and rename them; no reader may ever see half of a move."""
    client = clients("snapshots")
    accounts = client.collection("accounts")
    batch = client.batch()
    for number in range(10):
        batch.set(accounts.document(f"a{number}"), {"n": 100, "kind": "x"})
    batch.commit()
    stop = threading.Event()

    def move(seed: int) -> None:
        step = seed
        while not stop.is_set():
            step += 1
            batch = client.batch()
            one, two = accounts.document(f"a{step % 10}"), accounts.document(f"b{step % 10}")
            batch.set(two, {"n": firestore.Increment(seed), "kind": "xy"[step % 2]}, merge=True)
            batch.set(one, {"n": firestore.Increment(-seed)}, merge=True)
            batch.set(accounts.document(f"t{seed}-{step % 3}"), {"n": 0, "kind": "x"})
            batch.delete(accounts.document(f"t{seed}-{(step + 1) % 3}"))
            batch.commit()

    def look() -> int:
        looked = 0
        for _ in range(20):
            by_index = list(accounts.order_by("n").stream())
            assert sum(found.get("n") for found in by_index) == 1000
            values = [found.get("n") for found in by_index]
            assert values == sorted(values)
            by_name = list(accounts.stream())
            assert sum(found.get("n") for found in by_name) == 1000
            assert len({found.id for found in by_name}) == len(by_name)
            at_once = client.get_all([accounts.document(f"{c}{n}") for c in "ab" for n in range(10)])
            assert sum(found.get("n") for found in at_once if found.exists) == 1000
            assert all(
                found.get("kind") == "x" for found in accounts.where(filter=FieldFilter("kind", "==", "x")).get()
            )
            looked += 1
        return looked

    with ThreadPoolExecutor(5) as pool:
        movers = [pool.submit(move, seed) for seed in (1, 2)]
        lookers = [pool.submit(look) for _ in range(2)]
        try:
            assert [looker.result() for looker in lookers] == [20, 20]
        finally:
            stop.set()
        for mover in movers:
            mover.result()


def test_commits_that_wait_share_one_trip_to_disk(server: Server) -> None:
    writer = server.engine.state.writer
    database = Database("group-commit", "(default)")
    batches: list[list[Committed]] = []
    observe = batches.append
    writer.observers.append(observe)
    busy, go = threading.Event(), threading.Event()

    def hold(*_: object) -> None:
        busy.set()
        go.wait(timeout=30)

    holder = writer.submit(Job(database, [], upkeep=hold))
    assert busy.wait(timeout=30)
    names = [("c", f"d{number}") for number in range(50)]
    deletes = [WriteOp(f"{database.root}/{'/'.join(path)}", path, delete=True) for path in names]
    jobs = [writer.submit(Job(database, [op])) for op in deletes]
    go.set()
    for job in (holder, *jobs):
        job.wait()
    writer.observers.remove(observe)
    times = [job.time for job in jobs]
    assert [[committed.time for committed in batch] for batch in batches] == [times]
    assert times == sorted(set(times))


def test_a_commit_that_fails_leaves_those_beside_it_alone(server: Server) -> None:
    writer = server.engine.state.writer
    database = Database("beside", "(default)")
    busy, go = threading.Event(), threading.Event()

    def hold(*_: object) -> None:
        busy.set()
        go.wait(timeout=30)

    def broken() -> None:
        raise RuntimeError("a defect")

    holder = writer.submit(Job(database, [], upkeep=hold))
    assert busy.wait(timeout=30)
    good, bad = Job(database, []), Job(database, [], validate=broken)
    for job in (bad, good):
        writer.submit(job)
    go.set()
    holder.wait()
    good.wait()
    with pytest.raises(Exception, match="failed on this commit"):
        bad.wait()


def test_times_never_run_backwards_even_if_the_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 5_000_000
    monkeypatch.setattr("localcloud.firestore.clock.time.time_ns", lambda: now * 1000)
    clock = Clock(4_000_000)
    read = clock.read_time()
    first = clock.commit_time()
    assert read == now < first
    assert clock.read_time() < first, "a commit on its way is not to be seen"
    clock.publish()
    assert clock.read_time() >= first
    now = 1_000_000
    assert clock.read_time() >= first
    assert clock.commit_time() > first
    clock.publish()
    pinned = clock.newest + 500
    assert clock.pin(pinned) is False
    assert clock.commit_time() > pinned
    assert clock.pin(clock.newest) is True


def test_the_asynchronous_client(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{server.port}")

    async def use() -> list[int]:
        client = firestore.AsyncClient(project="asynchronous")
        documents = [client.document(f"c/{number}") for number in range(5)]
        await asyncio.gather(*(document.set({"n": 0}) for document in documents))

        @firestore.async_transactional
        async def bump(transaction: firestore.AsyncTransaction) -> None:
            held = (await documents[0].get(transaction=transaction)).get("n")
            transaction.update(documents[0], {"n": held + 1})

        await asyncio.gather(*(bump(client.transaction()) for _ in range(5)))
        query = client.collection("c").order_by("n", direction="DESCENDING").limit(2)
        return [found.get("n") async for found in query.stream()]

    assert asyncio.run(use()) == [5, 0]
