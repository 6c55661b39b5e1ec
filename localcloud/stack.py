"""The local services as child processes of a program: for tests and measurements, where `up` is for people.

A `Stack` is started and stopped by whoever made it; between the two, single services can be killed, paused and started
again where they were, which is how a test shows what the backend does without one of them.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from localcloud.environment import AUDIT_BUCKET, UPLOADS_BUCKET, Ports, environment
from localcloud.ports import answers, choose
from localcloud.services import FEW, ROOT, YIELDING, every_function
from localcloud.supervisor import TAIL_LINES
from localcloud.up import NOT_INHERITED

#: How long a killed process may take to be gone.
KILLED_SECONDS = 10.0

#: What every stack runs, in the order of starting.
SERVICES = ("firestore", "storage", "smtp", "vendors", "clamd", "tasks")

NOTHING_CHOSEN = Ports(api=0, console=0, firestore=0, tasks=0, storage=0, smtp=0)


class StackError(Exception):
    """A service did not start; the message says which, and how its log ends."""


@dataclass(frozen=True)
class _Gateway:
    """How a realtime gateway was started."""

    port: int
    settings: dict[str, str]
    in_front: bool


class Stack:
    """Stores, task queue, mail server and vendors on free loopback ports, and the API on one more if it is asked for.

    `settings` are environment variables on top of `localcloud.environment`. With `durable`, Firestore's data is on disk
    and outlives a kill. With `workers`, tasks are done by a process beside the API, as `up` has it. Schedules run only
    when `run_schedule` is called: a tick in the middle of a test is no test's.
    """

    def __init__(
        self, data_dir: Path, *, durable: bool = False, workers: bool = False, settings: Mapping[str, str] | None = None
    ) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "services.log"
        self.ports = NOTHING_CHOSEN
        self.environ: dict[str, str] = {}
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self._durable = durable
        self._workers = workers
        self._gateways: dict[str, _Gateway] = {}
        self._settings = dict(settings or {})

    @property
    def url(self) -> str:
        """Where the API answers, once it runs."""
        return f"http://127.0.0.1:{self.ports.api}"

    @property
    def workers_url(self) -> str:
        """Where tasks and schedules are done."""
        return f"http://127.0.0.1:{self.ports.workers or self.ports.api}"

    @property
    def tasks_url(self) -> str:
        """Where the task queue answers."""
        return f"http://127.0.0.1:{self.ports.tasks}"

    def start(self) -> None:
        """Start every service but the API, and make the keys. Raises `StackError`."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.ports = choose(NOTHING_CHOSEN, {})
        if not self._workers:
            self.ports = replace(self.ports, workers=0)
        self.environ = environment(self.ports, self.data_dir) | self._settings
        self._write_manifest()
        for name in SERVICES:
            self._spawn(name)
        found = {name: self._ready(name) for name in SERVICES}
        self.ports = replace(self.ports, **found)
        self.environ = environment(self.ports, self.data_dir) | self._settings
        (self.data_dir / "keys").mkdir(exist_ok=True)
        keys = [sys.executable, "-m", "tools.keys", "create", str(self.data_dir / "keys")]
        subprocess.run(keys, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)

    def start_api(self) -> None:
        """Serve every endpoint on `url`, as a process of its own, and the tasks by another if they have one."""
        names = ["api"]
        if self._workers and "workers" not in self.processes:
            names.append("workers")
        for name in names:
            self._serve(name)
        for name in names:
            wait_until_it_listens(self.processes[name], getattr(self.ports, name), self.log)

    def _serve(self, name: str) -> None:
        port, before = getattr(self.ports, name), YIELDING if name == "workers" else ()
        environ = self.child_environment() | (FEW if name == "workers" else {})
        self.processes[name] = serve("everything", port, environ, self.log, before=before)

    def start_realtime(self, name: str = "realtime", port: int = 0, *, in_front: bool = False, **settings: str) -> str:
        """Serve sockets by one more gateway, as a process of its own; its `http://` address.

        `in_front` of the API, as `up` has it: what is not for a socket is passed on to `url`.
        """
        if name in self.processes:
            end(self.processes[name])
        port = port or choose(NOTHING_CHOSEN, {}).functions
        self._gateways[name] = _Gateway(port, settings, in_front=in_front)
        module = ["localcloud.front", "--functions", self.url] if in_front else ["realtime"]
        command = [sys.executable, "-m", *module, "--host", "127.0.0.1", "--port", str(port)]
        with self.log.open("a") as log:
            self.processes[name] = subprocess.Popen(
                _outlived_by_nobody(command),
                cwd=ROOT,
                env=self.child_environment(**settings),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        wait_until_it_listens(self.processes[name], port, self.log)
        return f"http://127.0.0.1:{port}"

    def child_environment(self, **more: str) -> dict[str, str]:
        """Environment of a process that uses these services."""
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return {**inherited, **self.environ, **more}

    def stop(self) -> None:
        """End everything, the API first."""
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes.values():
            end(process)
        self.processes.clear()

    # Accidents

    def kill(self, name: str) -> None:
        """End a service as a crash would: SIGKILL, and whatever it started with it."""
        end(self.processes[name], at_once=True)
        # A worker may hold its server's socket for some milliseconds more, and would seem to be the next server.
        deadline = time.monotonic() + KILLED_SECONDS
        port = self._gateways[name].port if name in self._gateways else getattr(self.ports, name)
        while answers(port):
            if time.monotonic() > deadline:
                raise StackError(f"{name} still accepts connections after it was killed")
            time.sleep(0.01)

    def pause(self, name: str) -> None:
        """Let a service accept connections and never answer: SIGSTOP."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a paused service go on."""
        self.processes[name].send_signal(signal.SIGCONT)

    def restart(self, name: str) -> None:
        """Start a killed service again, on the same port and data."""
        if name in {"api", "workers"}:
            self._serve(name)
            wait_until_it_listens(self.processes[name], getattr(self.ports, name), self.log)
            return
        if name in self._gateways:
            gateway = self._gateways[name]
            self.start_realtime(name, gateway.port, in_front=gateway.in_front, **gateway.settings)
            return
        self._spawn(name)
        self._ready(name)

    # Schedules

    def run_schedule(self, name: str) -> int:
        """Run a scheduled function now; its HTTP status."""
        import httpx

        answer = httpx.post(f"{self.tasks_url}/schedules/{name.replace('_', '-')}:run", timeout=60)
        answer.raise_for_status()
        return answer.status_code

    def machine_token(self, kind: str, target: str) -> str:
        """The OIDC token with which Cloud Tasks (`task`) or Cloud Scheduler (`schedule`) would call worker `target`."""
        from localcloud.tasks.oidc import TokenSigner

        account = "tasks" if kind == "task" else "scheduler"
        signer = TokenSigner(self.data_dir / "tasks")
        return signer.token(
            f"{account}@consentmd-local.iam.gserviceaccount.com", f"{self.workers_url}/{kind}s/{target}"
        )

    # Plumbing

    def _write_manifest(self) -> None:
        entries = json.loads((ROOT / "infra" / "functions.json").read_text())
        for entry in entries.values():
            if "schedule" in entry:
                entry["schedule"] = "0 0 1 1 *"
        (self.data_dir / "functions.json").write_text(json.dumps(entries))

    def _spawn(self, name: str) -> None:
        port = getattr(self.ports, name)
        command = [sys.executable, "-m", f"localcloud.{name}", "--port", str(port), *self._arguments(name)]
        with self.log.open("a") as log:
            self.processes[name] = subprocess.Popen(
                _outlived_by_nobody(command),
                cwd=ROOT,
                env=self.child_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def _arguments(self, name: str) -> list[str]:
        folder = ["--data-dir", str(self.data_dir / name)]
        match name:
            case "firestore":
                kept = folder if self._durable else ["--in-memory"]
                return [*kept, "--indexes", str(ROOT / "infra" / "firestore.indexes.json")]
            case "storage":
                return [*folder, "--bucket", UPLOADS_BUCKET, "--bucket", AUDIT_BUCKET]
            case "tasks":
                manifest = str(self.data_dir / "functions.json")
                return [*folder, "--grpc-port", "0", "--schedules", manifest, "--target", self.workers_url]
            case _:
                return folder

    def _ready(self, name: str) -> int:
        process = self.processes[name]
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(f"{name}: listening on"):
                return int(line.rsplit(":", 1)[1])
        raise StackError(f"{name} did not start:\n{_tail(self.log)}")


def serve(
    target: str,
    port: int,
    environ: Mapping[str, str],
    log: Path,
    *,
    folder: Path = ROOT,
    python: str = sys.executable,
    before: tuple[str, ...] = (),
) -> "subprocess.Popen[str]":
    """Start one function (or `everything`) of `folder`/main.py by the runtime that serves it in production.

    `before` is a command that runs it (`YIELDING`).
    """
    with log.open("a") as sink:
        return subprocess.Popen(
            _outlived_by_nobody([*before, *every_function(port, target, python)]),
            cwd=folder,
            env={"THREADS": "8", "WORKERS": "1", **environ},
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def _outlived_by_nobody(command: list[str]) -> list[str]:
    """`command`, ended when this process ends, however that happens (see `localcloud.child`)."""
    return [sys.executable, str(ROOT / "localcloud" / "child.py"), *command]


def wait_until_it_listens(process: "subprocess.Popen[Any]", port: int, log: Path, seconds: float = 60) -> None:
    """Wait for a connection on `port`. Raises `StackError` when the process ends, or takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise StackError(f"the function did not start:\n{_tail(log)}") from None
            time.sleep(0.02)
        else:
            return


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])


def end(process: "subprocess.Popen[str]", *, at_once: bool = False) -> None:
    """End a process that leads a session, and everything in it."""
    if not at_once:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            at_once = True
    # Also when its leader has ended: a server's workers may outlive it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
