"""The service as a process: its ready line, its key, and what survives kill -9."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from localcloud.database import DataDirectoryError
from localcloud.storage.server import Server
from tests.localcloud.storage.conftest import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
UNIT = 256 * 1024


class Process:
    """`python -m localcloud.storage` on a free port, ready to take requests."""

    def __init__(self, data_dir: Path) -> None:
        command = [sys.executable, "-m", "localcloud.storage", "--data-dir", str(data_dir), "--bucket", "clinic-files"]
        self.popen = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        line = self.popen.stdout.readline()
        assert line.startswith("storage: listening on 127.0.0.1:"), line
        self.url = f"http://127.0.0.1:{line.rpartition(':')[2].strip()}"
        self.objects = f"{self.url}/storage/v1/b/clinic-files/o"
        self.upload = f"{self.url}/upload/storage/v1/b/clinic-files/o"

    def end(self, number: int) -> int:
        self.popen.send_signal(number)
        code = self.popen.wait(PATIENCE)
        self.popen.stdout.close()
        return code

    def names(self) -> list[str]:
        return [item["name"] for item in requests.get(self.objects, timeout=PATIENCE).json().get("items", [])]

    def content(self, name: str) -> bytes:
        return requests.get(f"{self.objects}/{name}?alt=media", timeout=PATIENCE).content


def test_it_makes_its_key_once_and_stops_on_a_signal(data_dir: Path):
    process = Process(data_dir)
    key = json.loads((data_dir / "service-account.json").read_text())
    assert key["type"] == "service_account"
    assert (data_dir / "service-account.json").stat().st_mode & 0o077 == 0
    assert process.end(signal.SIGTERM) == 0
    process = Process(data_dir)
    assert json.loads((data_dir / "service-account.json").read_text()) == key
    assert process.end(signal.SIGINT) == 0


def kill_rounds(data_dir: Path, rounds: int) -> None:
    """Kill it among overwrites; afterwards each object is what was acknowledged last, or what was under way."""
    acknowledged: dict[str, int] = {}
    size = 50_000

    def body(number: int) -> bytes:
        return number.to_bytes(4, "big") * (size // 4)

    for each in range(rounds):
        process = Process(data_dir)
        for name, number in acknowledged.items():
            content = process.content(name)
            found = int.from_bytes(content[:4], "big")
            assert content == body(found), f"{name} is torn"
            assert found >= number, f"{name} lost an acknowledged write"
        under_way = threading.Event()

        def write(
            writer: int, each: int = each, url: str = process.upload, under_way: threading.Event = under_way
        ) -> None:
            name = f"w{writer}"
            for n in range(1, 1000):
                number = each * 1000 + n
                try:
                    answer = requests.post(f"{url}?uploadType=media&name={name}", data=body(number), timeout=PATIENCE)
                except requests.RequestException:
                    return
                assert answer.status_code == 200
                acknowledged[name] = number
                if n == 5:
                    under_way.set()

        threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        assert under_way.wait(PATIENCE)
        process.end(signal.SIGKILL)
        for thread in threads:
            thread.join()
    assert len(acknowledged) == 4
    process = Process(data_dir)
    with sqlite3.connect(data_dir / "storage.sqlite3") as db:
        named = {row[0] for row in db.execute("SELECT file FROM object")}
    db.close()
    files = {path.name for path in (data_dir / "objects").rglob("*") if path.is_file()}
    assert files == named
    assert list((data_dir / "incoming").iterdir()) == []
    process.end(signal.SIGTERM)


def test_kill_9_loses_no_acknowledged_object_and_tears_none(data_dir: Path):
    kill_rounds(data_dir, 3)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_kill_9_many_times_loses_no_acknowledged_object(data_dir: Path):
    kill_rounds(data_dir, 40)


def test_a_resumable_upload_goes_on_after_kill_9(data_dir: Path):
    process = Process(data_dir)
    data = os.urandom(2 * UNIT + 7)
    location = requests.post(f"{process.upload}?uploadType=resumable&name=big", timeout=PATIENCE).headers["Location"]
    first = {"Content-Range": f"bytes 0-{UNIT - 1}/{len(data)}"}
    assert requests.put(location, data=data[:UNIT], headers=first, timeout=PATIENCE).status_code == 308
    process.end(signal.SIGKILL)
    process = Process(data_dir)
    location = process.url + location[location.index("/upload") :]
    asked = requests.put(location, headers={"Content-Range": "bytes */*"}, timeout=PATIENCE)
    assert asked.headers["Range"] == f"bytes=0-{UNIT - 1}"
    rest = {"Content-Range": f"bytes {UNIT}-{len(data) - 1}/{len(data)}"}
    assert requests.put(location, data=data[UNIT:], headers=rest, timeout=PATIENCE).status_code == 200
    assert process.content("big") == data
    process.end(signal.SIGTERM)


def test_a_second_service_on_one_directory_is_refused(server: Server, data_dir: Path):
    with pytest.raises(DataDirectoryError, match="another storage service"):
        Server(data_dir)


def test_a_file_of_a_newer_format_is_refused(data_dir: Path):
    Server(data_dir).stop()
    with sqlite3.connect(data_dir / "storage.sqlite3") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DataDirectoryError, match="newer storage service"):
        Server(data_dir)


def test_what_no_object_names_is_swept_at_the_start(data_dir: Path):
    server = Server(data_dir, buckets=["clinic-files"])
    requests.post(
        f"http://127.0.0.1:{server.port}/upload/storage/v1/b/clinic-files/o?uploadType=media&name=a",
        data=b"kept",
        timeout=PATIENCE,
    )
    server.stop()
    for orphan in (data_dir / "incoming" / "half", data_dir / "objects" / "ff" / "ffff"):
        orphan.parent.mkdir(exist_ok=True)
        orphan.write_bytes(b"orphan")
    Server(data_dir).stop()
    left = [p.read_bytes() for d in ("incoming", "objects") for p in (data_dir / d).rglob("*") if p.is_file()]
    assert left == [b"kept"]


def test_fifty_clients_at_once(server: Server, url: str):
    wrong = []

    def client(number: int) -> None:
        with requests.Session() as session:
            for each in range(4):
                body = f"{number}-{each};".encode() * 1000
                name = f"c{number}-{each}"
                session.post(
                    f"{url}/upload/storage/v1/b/clinic-files/o?uploadType=media&name={name}", data=body, timeout=60
                )
                if session.get(f"{url}/storage/v1/b/clinic-files/o/{name}?alt=media", timeout=60).content != body:
                    wrong.append(name)

    threads = [threading.Thread(target=client, args=(n,)) for n in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert wrong == []


def test_a_client_that_leaves_in_the_middle_stores_nothing(server: Server, url: str, data_dir: Path):
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as sock:
        sock.sendall(
            b"POST /upload/storage/v1/b/clinic-files/o?uploadType=media&name=half HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Length: 1000\r\n\r\nonly this"
        )
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(100) == b""
    assert requests.get(f"{url}/storage/v1/b/clinic-files/o/half", timeout=PATIENCE).status_code == 404
    assert list((data_dir / "incoming").iterdir()) == []
