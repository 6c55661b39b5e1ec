"""The service as a process: its ready line, its signals, and what survives kill -9."""

import json
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from localcloud.database import DataDirectoryError
from localcloud.tasks.server import Server
from tests.localcloud.tasks.conftest import LOCATION, PATIENCE, QUEUE, Worker

ROOT = Path(__file__).resolve().parents[3]


class Process:
    """`python -m localcloud.tasks` on free ports, ready to take calls."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        command = [sys.executable, "-m", "localcloud.tasks", "--data-dir", str(data_dir), "--project", "clinic"]
        self.popen = subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.popen.stdout is not None
        assert self.popen.stdout.readline().startswith("tasks: gRPC on 127.0.0.1:")
        line = self.popen.stdout.readline()
        assert line.startswith("tasks: listening on 127.0.0.1:"), line
        self.url = f"http://127.0.0.1:{line.rpartition(':')[2].strip()}"

    def end(self, number: int) -> int:
        self.popen.send_signal(number)
        code = self.popen.wait(PATIENCE)
        self.popen.stdout.close()
        return code

    def create(self, name: str, url: str, **fields) -> int:
        task = {"name": f"{QUEUE}/tasks/{name}", "httpRequest": {"url": url}, **fields}
        return requests.post(f"{self.url}/v2/{QUEUE}/tasks", json={"task": task}, timeout=PATIENCE).status_code

    def state(self, action: str) -> None:
        requests.post(f"{self.url}/v2/{QUEUE}:{action}", json={}, timeout=PATIENCE).raise_for_status()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_it_starts_with_the_manifests_queues_and_stops_on_a_signal(data_dir: Path, manifest: Path):
    process = Process(data_dir, "--schedules", str(manifest))
    listed = requests.get(f"{process.url}/v2/{LOCATION}/queues", timeout=PATIENCE).json()["queues"]
    assert [queue["name"] for queue in listed] == [f"{LOCATION}/queues/mail-out"]
    certs = requests.get(f"{process.url}/oauth2/v1/certs", timeout=PATIENCE).json()
    assert process.end(signal.SIGTERM) == 0
    again = Process(data_dir, "--schedules", str(manifest))
    assert requests.get(f"{again.url}/oauth2/v1/certs", timeout=PATIENCE).json() == certs
    assert again.end(signal.SIGINT) == 0


def kill_rounds(data_dir: Path, worker: Worker, rounds: int) -> None:
    """Kill it among creates and dispatches; every acknowledged task must reach the worker."""
    process = Process(data_dir)
    requests.post(f"{process.url}/v2/{LOCATION}/queues", json={"name": QUEUE}, timeout=PATIENCE).raise_for_status()
    acknowledged = set()
    for each in range(rounds):
        for n in range(15):
            name = f"r{each}-{n}"
            assert process.create(name, f"{worker.url}/t") == 200
            acknowledged.add(name)
        process.end(signal.SIGKILL)
        process = Process(data_dir)
        # What was acknowledged before the kill is still a taken name, delivered or not.
        assert process.create(f"r{each}-0", f"{worker.url}/t") == 409
    seen = set()
    while seen != acknowledged:
        seen.add(worker.next().headers["x-cloudtasks-taskname"])
    assert process.end(signal.SIGTERM) == 0


def test_kill_9_loses_no_acknowledged_task(data_dir: Path, worker: Worker):
    kill_rounds(data_dir, worker, 2)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_kill_9_many_times_loses_no_acknowledged_task(data_dir: Path, worker: Worker):
    kill_rounds(data_dir, worker, 40)


def test_a_task_under_way_when_it_is_killed_comes_again(data_dir: Path, worker: Worker):
    process = Process(data_dir)
    requests.post(f"{process.url}/v2/{LOCATION}/queues", json={"name": QUEUE}, timeout=PATIENCE).raise_for_status()
    process.create("t1", f"{worker.url}/hang")
    worker.next()
    process.end(signal.SIGKILL)
    worker.release.set()
    process = Process(data_dir)
    again = worker.next()
    assert again.headers["x-cloudtasks-taskname"] == "t1"
    assert again.headers["x-cloudtasks-taskretrycount"] == "1"
    process.end(signal.SIGTERM)


def test_a_paused_queue_and_its_tasks_outlive_the_process(data_dir: Path, worker: Worker):
    process = Process(data_dir)
    requests.post(f"{process.url}/v2/{LOCATION}/queues", json={"name": QUEUE}, timeout=PATIENCE).raise_for_status()
    process.state("pause")
    process.create("t1", f"{worker.url}/t")
    process.end(signal.SIGKILL)
    process = Process(data_dir)
    tasks = requests.get(f"{process.url}/tasks.json", timeout=PATIENCE).json()["tasks"]
    assert [(task["name"], task["state"]) for task in tasks] == [("t1", "SCHEDULED")]
    assert worker.received.empty()
    process.state("resume")
    assert worker.next().headers["x-cloudtasks-taskname"] == "t1"
    process.end(signal.SIGTERM)


def test_a_second_service_on_one_directory_is_refused(data_dir: Path):
    first = Server(data_dir)
    answer = subprocess.run(
        [sys.executable, "-m", "localcloud.tasks", "--data-dir", str(data_dir)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 1
    assert "another tasks service is using" in answer.stderr
    first.stop()
    Server(data_dir).stop()


def test_a_taken_port_is_a_sentence(data_dir: Path, worker: Worker):
    port = worker.url.rpartition(":")[2]
    answer = subprocess.run(
        [sys.executable, "-m", "localcloud.tasks", "--data-dir", str(data_dir), "--port", port],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 1
    assert f"cannot listen on port {port}" in answer.stderr


def test_a_file_of_a_newer_format_is_refused(data_dir: Path):
    Server(data_dir).stop()
    with sqlite3.connect(data_dir / "tasks.sqlite3") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DataDirectoryError, match="newer tasks service"):
        Server(data_dir)


def test_a_deleted_queue_of_the_manifest_is_there_again_after_a_restart(data_dir: Path, tmp_path: Path):
    path = tmp_path / "f.json"
    path.write_text(json.dumps({"send": {"kind": "task", "queue": "mail", "timeout": 60}}))
    server = Server(data_dir, schedules=path, project="clinic")
    url = f"http://127.0.0.1:{server.port}/v2/{QUEUE}"
    assert requests.delete(url, timeout=PATIENCE).status_code == 200
    assert requests.get(url, timeout=PATIENCE).status_code == 404
    server.stop()
    server = Server(data_dir, schedules=path, project="clinic")
    assert requests.get(f"http://127.0.0.1:{server.port}/v2/{QUEUE}", timeout=PATIENCE).status_code == 200
    server.stop()


def test_a_full_disk_is_told_and_reads_go_on(data_dir: Path, worker: Worker):
    resource = pytest.importorskip("resource")
    if not hasattr(resource, "prlimit"):
        pytest.skip("the limit of a running program can be changed on Linux only")
    process = Process(data_dir)
    requests.post(f"{process.url}/v2/{LOCATION}/queues", json={"name": QUEUE}, timeout=PATIENCE).raise_for_status()
    process.state("pause")
    assert process.create("before", f"{worker.url}/t") == 200
    before = resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE)
    largest = max(file.stat().st_size for file in data_dir.iterdir())
    resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE, (largest + 20_000, before[1]))
    large = {"task": {"httpRequest": {"url": f"{worker.url}/t", "body": "eHh4" * 100_000}}}
    for _ in range(3):
        refused = requests.post(f"{process.url}/v2/{QUEUE}/tasks", json=large, timeout=PATIENCE)
        assert refused.status_code == 503
        assert refused.json()["error"]["status"] == "UNAVAILABLE"
        assert "disk" in refused.json()["error"]["message"]
        listed = requests.get(f"{process.url}/v2/{QUEUE}/tasks", timeout=PATIENCE).json()["tasks"]
        assert [task["name"].rpartition("/")[2] for task in listed] == ["before"]
    resource.prlimit(process.popen.pid, resource.RLIMIT_FSIZE, before)
    assert requests.post(f"{process.url}/v2/{QUEUE}/tasks", json=large, timeout=PATIENCE).status_code == 200
    process.state("resume")
    assert {worker.next().path for _ in range(2)} == {"/t"}
    assert process.end(signal.SIGTERM) == 0
