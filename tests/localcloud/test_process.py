"""Services as processes: a ready line, a sentence when they cannot start, an end when they are asked to."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize("own_session", [True, False])
def test_one_that_yields_does_so_as_a_session_too_if_it_has_one(own_session: bool) -> None:
    of_group = Path("/proc/self/autogroup")
    if not of_group.exists():
        pytest.skip("this kernel does not group processes by session")
    # Empty for a process that belongs to no group, because nobody above it has ever begun a session.
    before = of_group.read_text()
    shown = "import os, pathlib; print(os.nice(0), pathlib.Path('/proc/self/autogroup').read_text())"
    command = [sys.executable, str(ROOT / "localcloud" / "yielding.py"), sys.executable, "-c", shown]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=own_session)
    own, _, group = answer.stdout.partition(" ")
    assert int(own) == min(19, os.nice(0) + 15)
    # Without a session of its own, that of whoever started it is let be.
    assert group.split()[-1:] == (["15"] if own_session else before.split()[-1:])
    assert of_group.read_text() == before


def test_one_that_yields_to_nothing_is_a_sentence() -> None:
    command = [sys.executable, str(ROOT / "localcloud" / "yielding.py"), "no-such-command"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (127, "")
    assert answer.stderr == "no-such-command cannot be started: No such file or directory\n"
