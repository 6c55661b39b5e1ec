"""The engine as a program: ready line, clean stop, one engine per directory, and nothing acknowledged lost."""

import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import connect
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore import FieldFilter
from program import ROOT, Program

from localcloud.firestore import StoreError, serve
from localcloud.firestore.inspect import stored_documents


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_and_keeps_its_data(tmp_path: Path, number: int) -> None:
    program = Program(tmp_path)
    connect(program.port).document("c/d").set({"n": 1})
    assert program.end(number) == 0
    assert [fields for _, fields in stored_documents(tmp_path)] == [{"n": 1}]


def kill_rounds(data_dir: Path, rounds: int, writes_per_round: int) -> None:
    """Write from several threads, kill -9 in the middle, and look for every acknowledged write."""
    acknowledged: dict[str, int] = {}
    last_time = None
    for round_number in range(rounds):
        program = Program(data_dir)
        client = connect(program.port)
        enough = threading.Event()
        lock = threading.Lock()
        done = 0

        def write(
            worker: int,
            client: firestore.Client = client,
            round_number: int = round_number,
            enough: threading.Event = enough,
            lock: threading.Lock = lock,
        ) -> None:
            nonlocal done
            number = 0
            while True:
                name, number = f"w{worker}-{number % 17}", number + 1
                value = round_number * 1_000_000 + number
                batch = client.batch()
                batch.set(client.document(f"c/{name}"), {"n": value, "worker": worker})
                batch.set(client.document(f"twin/{name}"), {"n": value})
                try:
                    batch.commit(retry=None, timeout=20)
                except (exceptions.GoogleAPICallError, ValueError):
                    return
                with lock:
                    acknowledged[name] = value
                    done += 1
                    if done >= writes_per_round:
                        enough.set()

        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(timeout=60)
        program.end(signal.SIGKILL)
        for thread in threads:
            thread.join(timeout=60)

        program = Program(data_dir)
        client = connect(program.port)
        stored = {found.id: found for found in client.collection("c").stream()}
        twins = {found.id: found.get("n") for found in client.collection("twin").stream()}
        for name, value in acknowledged.items():
            # A write that was on its way when the engine died may be there as well; an earlier one may not.
            assert stored[name].get("n") >= value
        assert {name: found.get("n") for name, found in stored.items()} == twins
        for worker in range(4):
            by_index = client.collection("c").where(filter=FieldFilter("worker", "==", worker)).stream()
            assert {found.id for found in by_index} == {name for name in stored if name.startswith(f"w{worker}-")}
        written = client.document("probe/x").set({"n": round_number}).update_time
        newest = max(found.update_time for found in stored.values())
        assert written > newest
        assert last_time is None or written > last_time
        last_time = written
        program.end(signal.SIGKILL)
        connection = sqlite3.connect(data_dir / "firestore.sqlite3")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


def test_kill_9_loses_no_acknowledged_write(tmp_path: Path) -> None:
    kill_rounds(tmp_path, rounds=3, writes_per_round=60)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_kill_9_many_times(tmp_path: Path) -> None:
    kill_rounds(tmp_path, rounds=60, writes_per_round=500)


def test_a_second_engine_on_the_directory_is_refused(tmp_path: Path) -> None:
    server = serve(tmp_path)
    try:
        with pytest.raises(StoreError, match="Another Firestore engine is running on the data directory"):
            serve(tmp_path)
        refused = subprocess.run(
            [sys.executable, "-m", "localcloud.firestore", "--data-dir", str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert refused.returncode == 1
        assert "Another Firestore engine is running" in refused.stderr
        assert "Traceback" not in refused.stderr
    finally:
        server.stop()
    serve(tmp_path).stop()


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    server = serve(None)
    try:
        with pytest.raises(StoreError, match=f"Port {server.port} is taken"):
            serve(tmp_path, server.port)
    finally:
        server.stop()


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    serve(tmp_path).stop()
    connection = sqlite3.connect(tmp_path / "firestore.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match=r"newer version of this engine \(format 99"):
        serve(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "firestore.sqlite3").write_bytes(b"not a database, but long enough to look at" * 50)
    with pytest.raises(StoreError, match="cannot be read"):
        serve(tmp_path)


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    server = serve(tmp_path)
    client = connect(server.port)
    written = client.document("c/d").set({"n": 1, "secret": b"\x01\x02", "tags": ["a"]}).update_time
    client.document("c/gone").set({"text": "needle"})
    client.document("c/gone").delete()
    server.stop()
    server = serve(tmp_path)
    client = connect(server.port)
    found = client.document("c/d").get()
    assert (found.update_time, found.get("secret")) == (written, b"\x01\x02")
    assert client.document("c/d").update({"n": 2}).update_time > written
    assert client.document("c/d").get(read_time=written).get("n") == 1
    [by_tag] = client.collection("c").where(filter=FieldFilter("tags", "array_contains", "a")).stream()
    assert by_tag.id == "d"
    everything = sorted(stored_documents(tmp_path), key=str)
    server.stop()
    root = "projects/test-project/databases/(default)/documents"
    assert everything == [
        (f"{root}/c/d", {"n": 1, "secret": b"\x01\x02", "tags": ["a"]}),
        (f"{root}/c/d", {"n": 2, "secret": b"\x01\x02", "tags": ["a"]}),
        (f"{root}/c/gone", {"text": "needle"}),
    ]


def test_history_is_pruned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(tmp_path)
    try:
        document = connect(server.port).document("c/d")
        first = document.set({"n": 1}).update_time
        document.set({"n": 2})
        server.engine.keep_up()
        assert document.get(read_time=first).get("n") == 1
        monkeypatch.setattr("localcloud.firestore.writer.HISTORY_MICROS", 0)
        server.engine.keep_up()
        assert [fields for _, fields in stored_documents(tmp_path)] == [{"n": 2}]
        with pytest.raises(exceptions.FailedPrecondition, match="too old"):
            document.get(read_time=first)
        assert document.get().get("n") == 2
    finally:
        server.stop()


def test_a_full_disk_is_told_and_reads_go_on(tmp_path: Path) -> None:
    server = serve(tmp_path)
    try:
        client = connect(server.port)
        client.document("c/d").set({"n": 1})
        connection = server.engine.state.store.writer
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        server.engine.state.writer.barrier()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        batch = client.batch()
        for number in range(9):
            batch.set(client.document(f"big/{number}"), {"text": "x" * 900_000})
        with pytest.raises(exceptions.ServiceUnavailable, match="disk that holds the local Firestore data is full"):
            batch.commit(retry=None)
        assert client.document("c/d").get().get("n") == 1
        assert list(client.collection("big").stream()) == []
        connection.execute("PRAGMA max_page_count = 1000000")
        batch.commit(retry=None)
        assert len(list(client.collection("big").stream())) == 9
    finally:
        server.stop()


def test_a_program_outlives_a_full_disk(tmp_path: Path) -> None:
    """The system refuses to let any file grow: what a write then gets is an error, and a read its document."""
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("the limit of a running program can be changed on Linux only")
    program = Program(tmp_path)
    client = connect(program.port)
    client.document("c/d").set({"n": 1})
    before = resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE)
    largest = max(file.stat().st_size for file in tmp_path.iterdir())
    resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (largest + 50_000, before[1]))
    batch = client.batch()
    for number in range(5):
        batch.set(client.document(f"big/{number}"), {"text": "x" * 900_000})
    for _ in range(3):
        with pytest.raises(exceptions.ServiceUnavailable, match="disk that holds the local Firestore data is full"):
            batch.commit(retry=None)
        assert client.document("c/d").get().get("n") == 1
        assert list(client.collection("big").stream()) == []
    resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, before)
    batch.commit(retry=None)
    assert len(list(client.collection("big").stream())) == 5
    assert program.end(signal.SIGTERM) == 0
