"""The local Firestore engine through the real client, each call beside a bare gRPC echo of the same message.

Both servers are processes of their own; batches of calls go to them in turns, so that what else the machine does hits
both alike.
"""

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.cloud import firestore
from google.cloud.firestore_v1.types import firestore as messages

from tools.bench.report import Table

ROOT = Path(__file__).resolve().parents[2]
PROJECT = "bench"
COLLECTION = "notes"
LIMIT = 1.5
"""What a get may cost of the echo's time: the budget of the engine."""

BATCH = 60
DOCUMENTS, PAGE = 1_000, 50
CLIENTS, EACH = 100, 3
LISTENERS = 1_000

_LISTEN = "/google.firestore.v1.Firestore/Listen"


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one kind of work, by the engine and by the echo. `limit` is the budget of their ratio, if any."""

    name: str
    engine: float
    echo: float
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """How often the echo fits into the engine's time."""
        return self.engine / self.echo


def measure(scratch: Path, batches: int, listeners: int = LISTENERS) -> list[Timing]:
    """Start both servers over an empty directory and measure; about 20 s with nine batches."""
    command = [sys.executable, "-m", "localcloud.firestore", "--data-dir", str(scratch)]
    with _server(command) as port:
        client = _client(port)
        _fill(client)
        with _server([sys.executable, "-m", "tools.bench.echo", str(port)]) as echo_port:
            pair = client, _client(echo_port)
            timings = [
                _in_turns("get a document", pair, _get, batches, BATCH, LIMIT),
                _in_turns("commit a document", pair, _commit, batches, 30),
                _in_turns(f"query {PAGE} documents of {DOCUMENTS:,}", pair, _query, batches, 10),
                Timing(
                    f"transaction, {CLIENTS} clients on one document",
                    _contended(pair[0], CLIENTS, EACH),
                    _contended(pair[1], CLIENTS, EACH),
                ),
            ]
            added, told = asyncio.run(_listen(port, client, listeners))
            echo_added, echo_told = asyncio.run(_listen_to_echo(echo_port, listeners))
            timings.append(Timing(f"add {listeners:,} listeners, each its stream, until current", added, echo_added))
            timings.append(Timing(f"tell one change to {listeners:,} listeners", told, echo_told))
    return timings


def table(timings: list[Timing]) -> Table:
    """One row for each kind of work."""
    rows = [
        [
            each.name,
            f"{each.engine:.2f}",
            f"{each.echo:.2f}",
            f"{each.ratio:.2f}",
            f"{each.limit}" if each.limit else "–",
        ]
        for each in timings
    ]
    return Table(["work", "engine ms", "echo ms", "ratio", "budget"], rows)


def over(timings: list[Timing]) -> list[str]:
    """What takes longer than its budget."""
    return [f"{each.name}: {each.ratio:.2f}" for each in timings if each.limit and each.ratio > each.limit]


@contextlib.contextmanager
def _server(command: list[str]) -> Iterator[int]:
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the server has no pipes")
    try:
        line = process.stdout.readline()
        if ":" not in line:
            raise RuntimeError(f"{' '.join(command[1:3])} did not start")
        yield int(line.rsplit(":", 1)[1])
    finally:
        process.terminate()
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def _client(port: int) -> firestore.Client:
    before = os.environ.get("FIRESTORE_EMULATOR_HOST")
    os.environ["FIRESTORE_EMULATOR_HOST"] = f"127.0.0.1:{port}"
    try:
        return firestore.Client(project=PROJECT)
    finally:
        os.environ.pop("FIRESTORE_EMULATOR_HOST")
        if before is not None:
            os.environ["FIRESTORE_EMULATOR_HOST"] = before


def _fill(client: firestore.Client) -> None:
    for start in range(0, DOCUMENTS, 500):
        batch = client.batch()
        for number in range(start, start + 500):
            batch.set(client.document(COLLECTION, f"{number:05}"), _note(number))
        batch.commit()


def _note(number: int) -> dict[str, Any]:
    return {"n": number, "patientId": f"p{number % 40}", "text": bytes(400), "tags": ["a", "b"], "active": True}


def _get(client: firestore.Client, number: int) -> None:
    client.document(COLLECTION, f"{number % BATCH:05}").get()


def _commit(client: firestore.Client, number: int) -> None:
    client.document("written", f"{number:05}").set(_note(number))


def _query(client: firestore.Client, number: int) -> None:
    found = client.collection(COLLECTION).order_by("n").start_at({"n": number % 900}).limit(PAGE).get()
    if len(found) != PAGE:
        raise RuntimeError(f"the query found {len(found)} documents")


def _in_turns(
    name: str,
    pair: tuple[firestore.Client, firestore.Client],
    call: Callable[[firestore.Client, int], None],
    batches: int,
    size: int,
    limit: float | None = None,
) -> Timing:
    times: tuple[list[float], list[float]] = ([], [])
    for batch in range(-1, batches):
        for client, kept in zip(pair, times, strict=True):
            for number in range(size):
                began = time.perf_counter()
                call(client, (batch + 1) * size + number)
                if batch >= 0:  # the first batch warms up
                    kept.append(time.perf_counter() - began)
    return Timing(name, statistics.median(times[0]) * 1000, statistics.median(times[1]) * 1000, limit)


def _contended(client: firestore.Client, clients: int, each: int) -> float:
    """Milliseconds for one of many read-modify-write transactions that all want the same document."""
    counter = client.document("counters/contended")
    counter.set({"n": 0})
    together = threading.Barrier(clients + 1)

    def add(transaction: firestore.Transaction) -> None:
        counter.get(transaction=transaction)
        transaction.update(counter, {"n": firestore.Increment(1)})

    def work(_: int) -> None:
        together.wait()
        for _ in range(each):
            firestore.transactional(add)(client.transaction(max_attempts=20))

    with ThreadPoolExecutor(clients) as pool:
        working = [pool.submit(work, number) for number in range(clients)]
        together.wait()
        began = time.perf_counter()
        for worker in working:
            worker.result()
        return (time.perf_counter() - began) * 1000 / (clients * each)


async def _listen(port: int, client: firestore.Client, count: int) -> tuple[float, float]:
    """Milliseconds until all of `count` streams are current, and from one commit until all have been told of it."""
    document = client.document("watched/one")
    document.set({"n": 0})
    request = messages.ListenRequest.pb()(database=client._database_string)  # noqa: SLF001  # has no public name
    request.add_target.target_id = 1
    request.add_target.documents.documents.append(f"{client._database_string}/documents/watched/one")  # noqa: SLF001
    parse = messages.ListenResponse.pb().FromString
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        channel: Any = opened
        streams = [channel.stream_stream(_LISTEN, response_deserializer=parse)() for _ in range(count)]
        current = messages.TargetChange.TargetChangeType.CURRENT

        async def begin(stream: Any) -> None:
            await stream.write(request.SerializeToString())
            while (await stream.read()).target_change.target_change_type != current:
                pass

        async def follow(stream: Any) -> None:
            while (await stream.read()).document_change.document.name == "":
                pass

        began = time.perf_counter()
        await asyncio.gather(*map(begin, streams))
        added = time.perf_counter() - began
        began = time.perf_counter()
        waiting = [asyncio.ensure_future(follow(stream)) for stream in streams]
        await asyncio.to_thread(document.set, {"n": 1})
        await asyncio.gather(*waiting)
        told = time.perf_counter() - began
        for stream in streams:
            stream.cancel()
    return added * 1000, told * 1000


async def _listen_to_echo(port: int, count: int) -> tuple[float, float]:
    """As many streams without a Firestore: one message there and back on each of them, twice."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        channel: Any = opened
        streams = [channel.stream_stream(_LISTEN)() for _ in range(count)]

        async def exchange(stream: Any) -> None:
            await stream.write(bytes(150))
            await stream.read()

        times: list[float] = []
        for _ in range(2):
            began = time.perf_counter()
            await asyncio.gather(*map(exchange, streams))
            times.append((time.perf_counter() - began) * 1000)
        for stream in streams:
            stream.cancel()
    return times[0], times[1]
