"""`python -m localcloud up` as a person starts it, with its processes in reach."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from localcloud.data_dir import DataDir
from localcloud.environment import Ports, environment
from localcloud.services import ROOT
from shared.config import EMULATORS
from tests.conftest import eventually

PORTS = ("--port", "--console-port", "--firestore-port", "--tasks-port", "--storage-port", "--smtp-port")
#: What the scheduler answers while a run is under way (FAILED_PRECONDITION).
RUNNING = 400
LIMITS = {"RATE_LIMIT_GENERAL_PER_MINUTE": "1000000", "RATE_LIMIT_AUTH_PER_MINUTE": "1000000"}


class Up:
    """A run of the whole local cloud on `data_dir`; it can be killed in part or whole and started again."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.process: subprocess.Popen[bytes] | None = None
        #: What the API logged as an error, in all runs.
        self.errors: list[str] = []
        self.said = data_dir.with_name(f"{data_dir.name}.log")

    @property
    def record(self) -> dict[str, Any]:
        """What `run.json` says of the run."""
        return DataDir(self.data_dir).running() or {}

    @property
    def ports(self) -> Ports:
        return Ports(**self.record["ports"])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.api}"

    def start(self) -> None:
        """Start it, on free ports the first time and on the same ones after that, and wait until it is ready."""
        chosen = DataDir(self.data_dir).ports
        names = ("api", "console", "firestore", "tasks", "storage", "smtp")
        ports = [word for option, name in zip(PORTS, names, strict=True) for word in (option, str(chosen.get(name, 0)))]
        command = [sys.executable, "-m", "localcloud", "up", "--no-seed", "--data-dir", str(self.data_dir), *ports]
        with self.said.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self._environment(), stdout=log, stderr=log)
        eventually(self._ready, f"localcloud is up (see {self.said})", seconds=120)

    def _environment(self) -> dict[str, str]:
        # Other tests of this process may have left it sent to their Firestore, which `up` would use as well.
        inherited = {name: value for name, value in os.environ.items() if name not in EMULATORS}
        return {**inherited, **LIMITS}

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said.read_text()
        services = self.record.get("services", [])
        return any(s["name"] == "api" and s["state"] == "ready" for s in services)

    def kill(self, name: str) -> None:
        """SIGKILL one process (`supervisor` or a service), and wait for the end of the run, which that is."""
        assert self.process is not None
        pids = {service["name"]: service["pid"] for service in self.record["services"]}
        os.kill(self.process.pid if name == "supervisor" else pids[name], signal.SIGKILL)
        self.process.wait(60)
        self._keep_errors()

    def _keep_errors(self) -> None:
        # Each run begins a new log.
        log = self.data_dir / "logs" / "api.log"
        self.errors += [line for line in log.read_text().splitlines() if '"severity": "ERROR"' in line]

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
            self._keep_errors()
        sys.stdout.write("\n".join(self.errors))  # shown when the test fails

    def child_environment(self, **more: str) -> dict[str, str]:
        """Environment of another program that uses this run."""
        return {**os.environ, **environment(self.ports, self.data_dir), **more}

    def run_schedule(self, name: str) -> None:
        """Run a scheduled function now, unless the clock has just done so."""
        url = f"http://127.0.0.1:{self.ports.tasks}/schedules/{name.replace('_', '-')}:run"
        assert httpx.post(url, timeout=60).status_code in {200, RUNNING}
