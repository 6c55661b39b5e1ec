"""Start services in order, watch them, and end all of them whatever happens."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from localcloud.child import GRACE_SECONDS, POLL_SECONDS
from localcloud.data_dir import DataDir
from localcloud.services import ROOT, Service, Step

TAIL_LINES = 20
TAIL_BYTES = 64 * 1024

Say = Callable[[str], None]


class ServiceError(Exception):
    """A service or step failed; the message says which, how, and shows the end of its log."""


class StopRequested(Exception):  # noqa: N818 (nothing went wrong)
    """Somebody asked for the end: Ctrl-C, SIGTERM, or the terminal was closed."""


class Supervisor:
    """Runs a list of services and steps on a data folder that it holds.

    While it runs, `run.json` in that folder holds `record` plus `pid`, `startedAt` and `services`: a list of name,
    about, pid, port, log and state (`starting` or `ready`). `say` gets progress as text, with its line breaks.
    """

    def __init__(self, data: DataDir, environ: Mapping[str, str], record: Mapping[str, Any], say: Say) -> None:
        self._data = data
        self._environ = dict(environ)
        self._say = say
        self._record = {"pid": os.getpid(), "startedAt": datetime.now(UTC).isoformat(), **record}
        self._running: list[_Running] = []
        self._signals = 0

    def run(self, plan: Sequence[Service | Step], started: Callable[[], str]) -> int:
        """Start the plan, say `started()`, and stay until a signal (0) or a failure (1): the exit code."""
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._signalled) for number in signals}
        try:
            self._publish()
            for item in plan:
                if isinstance(item, Service):
                    self._start(item)
                else:
                    self._do(item)
            self._say(started())
            while True:
                self._pause(POLL_SECONDS * 2)
        except StopRequested:
            self._say("\n")
            return 0
        except ServiceError as error:
            self._say(f"\n{error}\n")
            return 1
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self, service: Service) -> None:
        self._say(f"starting {service.name} … ")
        began = time.monotonic()
        process = self._launch(service, {**self._environ, **service.environ})
        self._publish()
        while (problem := process.not_ready()) is not None:
            if time.monotonic() - began > service.deadline:
                late = f"{service.name} was not ready within {service.deadline:g} s: {problem}."
                raise ServiceError(f"{late}\n{process.tail()}")
            self._pause(POLL_SECONDS)
        process.ready = True
        self._publish()
        self._say(f"ready in {time.monotonic() - began:.1f} s\n")

    def _do(self, step: Step) -> None:
        marker = self._data.path / step.once if step.once else None
        if marker is not None and marker.exists():
            return
        self._say(f"{step.title} … " + ("\n" if step.progress else ""))
        began = time.monotonic()
        process = self._launch(step, self._environ)
        shown = 0
        while process.exit_code() is None:
            if time.monotonic() - began > step.deadline:
                raise ServiceError(f"{step.title} did not end within {step.deadline:g} s.\n{process.tail()}")
            self._pause(POLL_SECONDS, but=process)
            shown = self._echo(process, shown) if step.progress else 0
        self._running.remove(process)
        process.end()
        if process.exit_code() != 0:
            raise ServiceError(f"{step.title} failed: {process.obituary()}")
        if step.progress:
            self._echo(process, shown)
        if marker is not None:
            marker.touch()
        self._say(f"{'  ' if step.progress else ''}done in {time.monotonic() - began:.1f} s\n")

    def _launch(self, item: Service | Step, environ: Mapping[str, str]) -> "_Running":
        process = _Running(item, environ, self._data)
        self._running.append(process)
        return process

    def _echo(self, process: "_Running", shown: int) -> int:
        """Say the whole lines that a step has printed since `shown`; return how many bytes are said by now."""
        fresh = process.log.read_bytes()[shown:]
        whole = fresh[: fresh.rfind(b"\n") + 1]
        for line in whole.decode(errors="replace").splitlines():
            self._say(f"  {line}\n")
        return shown + len(whole)

    def _pause(self, seconds: float, but: "_Running | None" = None) -> None:
        """Wait a little; raise `StopRequested`, or `ServiceError` for a service that ended meanwhile."""
        time.sleep(seconds)
        if self._signals:
            raise StopRequested
        for process in self._running:
            if process is not but and process.exit_code() is not None:
                raise ServiceError(process.obituary())

    def _stop(self) -> None:
        left = [process.item.name for process in reversed(self._running) if process.exit_code() is None]
        if left:
            self._say(f"stopping {', '.join(left)} … ")
        while self._running:
            # Kept in the list until it has ended, so that nothing is forgotten if stopping itself fails.
            process = self._running[-1]
            process.ask_to_end()
            deadline = time.monotonic() + GRACE_SECONDS
            # A second Ctrl-C means: do not wait.
            while process.exit_code() is None and time.monotonic() < deadline and self._signals < 2:
                time.sleep(POLL_SECONDS)
            process.end()
            self._running.pop()
        if left:
            self._say("stopped\n")

    def _publish(self) -> None:
        services = [process.record() for process in self._running if isinstance(process.item, Service)]
        self._data.write_run({**self._record, "services": services})

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        # Only noted here: an exception raised in the middle of anything could lose a process that was just started.
        del number, frame
        self._signals += 1


class _Running:
    """A started process, its log and its process group."""

    def __init__(self, item: Service | Step, environ: Mapping[str, str], data: DataDir) -> None:
        self.item = item
        self.ready = False
        data.logs.mkdir(exist_ok=True)
        self.log = data.logs / f"{item.name}.log"
        if self.log.exists():
            self.log.replace(data.logs / f"{item.name}.1.log")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "localcloud.child", *item.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                # Unbuffered: a log that ends before the words of a crash explains nothing.
                env={**environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                pass_fds=() if data.services_lock is None else (data.services_lock,),
            )

    def exit_code(self) -> int | None:
        return self._process.poll()

    def not_ready(self) -> str | None:
        """Say why this service is not ready yet, or None when it is."""
        service = self.item
        if not isinstance(service, Service):
            raise TypeError("only a service becomes ready")
        if service.health is not None:
            return _unhealthy(service.port, service.health)
        expected = f"{service.name}: listening on 127.0.0.1:{service.port}"
        if expected in self.log.read_text(errors="replace").splitlines():
            return None
        return f"it has not printed '{expected}'"

    def ask_to_end(self) -> None:
        self._process.terminate()

    def end(self) -> None:
        """Kill what is left of it and of everything it started."""
        # When nothing is left that is ProcessLookupError; PermissionError on macOS while only zombies are.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def obituary(self) -> str:
        code = self._process.returncode
        how = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        return f"{self.item.name} ended {how}.\n{self.tail()}"

    def tail(self) -> str:
        """Return the end of the log, indented, under a line that says where it is."""
        with self.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - TAIL_BYTES))
            lines = log.read().decode(errors="replace").splitlines()[-TAIL_LINES:]
        if not lines:
            return f"Its log, {self.log}, is empty."
        return "\n".join([f"The end of {self.log}:", *(f"  | {line}" for line in lines)])

    def record(self) -> dict[str, Any]:
        item = self.item
        if not isinstance(item, Service):
            raise TypeError("only services are on record")
        return {
            "name": item.name,
            "about": item.about,
            "pid": self._process.pid,
            "port": item.port,
            "log": str(self.log),
            "state": "ready" if self.ready else "starting",
        }


def _unhealthy(port: int, path: str) -> str | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return f"GET http://127.0.0.1:{port}{path} has no answer"
    finally:
        connection.close()
    return None if status == 200 else f"GET http://127.0.0.1:{port}{path} answers {status}"
