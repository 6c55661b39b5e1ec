"""Services as processes: a ready line, a sentence when they cannot start, an end when they are asked to."""

import signal
import socket
import subprocess
import sys

import pytest

from tests.localcloud.running import ROOT, service

SERVICES = ("clamd", "console", "firestore", "smtp", "storage", "tasks", "vendors")


@pytest.fixture(scope="module")
def refusals(tmp_path_factory) -> dict[str, subprocess.CompletedProcess[str]]:
    """What each service says when its port is taken; all of them at the same time."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        started = {
            name: subprocess.Popen(
                [
                    *(sys.executable, "-m", f"localcloud.{name}", "--port", port),
                    *("--data-dir", str(tmp_path_factory.mktemp(name))),
                ],
                cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for name in SERVICES
        }  # fmt: skip
        said = {}
        for name, process in started.items():
            out, err = process.communicate(timeout=60)
            said[name] = subprocess.CompletedProcess(name, process.returncode, out, err.replace(port, "PORT"))
    return said


@pytest.mark.parametrize("name", SERVICES)
def test_a_taken_port_is_a_sentence(refusals, name: str) -> None:
    answer = refusals[name]
    assert (answer.returncode, "listening on" in answer.stdout) == (1, False)
    # gRPC says something of its own before.
    line = answer.stderr.splitlines()[-1]
    assert line.startswith(f"{name}: ")
    assert "PORT" in line.upper()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path, number: signal.Signals) -> None:
    with service("localcloud.smtp", "--data-dir", str(tmp_path)) as (port, process):
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
        process.send_signal(number)
        assert process.wait(timeout=30) == 0


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    command = [sys.executable, "-m", "localcloud.clamd", "--data-dir", str(tmp_path / "file" / "below")]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 1
    assert "Not a directory" in answer.stderr
    assert "cannot listen" not in answer.stderr
