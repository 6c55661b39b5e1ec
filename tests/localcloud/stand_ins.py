"""Stand-in services, and supervisors that run them, for the tests of the supervisor."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from localcloud.environment import Ports
from localcloud.ports import choose
from localcloud.services import Service, Step
from tests.localcloud.running import ROOT

# A service that listens, says so, notes how it ends in a common diary, and may have a child of its own.
STAND_IN = """
import os, signal, socket, subprocess, sys, threading, time
name, port, diary, *options = sys.argv[1:]
def note(what):
    with open(diary, "a") as file:
        file.write(f"{what} {name}\\n")
def end(*_):
    if "slow" in options:
        time.sleep(1.5)
    note("stopped")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in options else end)
listener = socket.create_server(("127.0.0.1", int(port)))
note("started")
if "family" in options:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open(diary + ".pids", "a") as file:
        file.write(f"{child.pid}\\n")
with open(diary + ".pids", "a") as file:
    file.write(f"{os.getpid()}\\n")
if "mute" not in options:
    print(f"{name}: listening on 127.0.0.1:{port}")
if "fails" in options:
    for number in range(50):
        print(f"line {number}")
    sys.exit(3)
if "web" in options:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    listener.close()
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/health" else 404)
            self.end_headers()
        def log_message(self, *_):
            pass
    HTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
while True:
    threading.Event().wait(600)
"""

# Runs a plan, given as JSON, the way `up` runs the real one.
RUNNER = """
import json, os, sys
from pathlib import Path
from localcloud.data_dir import DataDir
from localcloud.services import Service, Step
from localcloud.supervisor import Supervisor
directory, plan = sys.argv[1:]
data = DataDir(Path(directory))
data.hold()
items = [{"Service": Service, "Step": Step}[kind](**{**fields, "command": tuple(fields["command"])})
         for kind, fields in json.loads(plan)]
def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()
try:
    code = Supervisor(data, os.environ, {"ports": {}}, say).run(items, lambda: "all is up\\n")
finally:
    data.release()
sys.exit(code)
"""


class World:
    """A data folder, a diary of what the stand-ins did, and supervisors on them."""

    def __init__(self, directory: Path) -> None:
        self.data = directory / "data"
        self.diary = directory / "diary"
        self.diary.touch()

    def service(self, name: str, *options: str, **fields: object) -> Service:
        port = choose(Ports(0, 0, 0, 0, 0, 0), {}).api
        command = (sys.executable, "-c", STAND_IN, name, str(port), str(self.diary), *options)
        return Service(name, command, port, **fields)

    @contextmanager
    def run(self, *plan: Service | Step) -> Iterator[subprocess.Popen]:
        items = json.dumps([(type(item).__name__, asdict(item)) for item in plan])
        command = [sys.executable, "-c", RUNNER, str(self.data), items]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        with process:
            try:
                yield process
            finally:
                process.kill()

    def said_by_the_end(self, process: subprocess.Popen) -> tuple[int, str]:
        output, _ = process.communicate(timeout=90)
        return process.returncode, output

    @property
    def events(self) -> list[str]:
        return self.diary.read_text().splitlines()

    def living(self) -> list[int]:
        """Processes of the stand-ins that still exist, zombies not counted."""
        pids = Path(f"{self.diary}.pids")
        return [int(pid) for pid in pids.read_text().split() if alive(int(pid))] if pids.exists() else []


def alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def wait_for_line(process: subprocess.Popen, text: str) -> str:
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            return said
    raise AssertionError(f"it ended without {text!r}:\n{said}")
