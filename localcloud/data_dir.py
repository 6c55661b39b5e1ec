"""The folder that holds everything localcloud keeps: who uses it, what runs on it, and how it is emptied."""

import contextlib
import errno
import fcntl
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from localcloud.child import GRACE_SECONDS

#: Everything that localcloud makes in its folder. `--reset` removes these and nothing else.
CONTENTS = (
    "firestore", "tasks", "storage", "smtp", "keys", "logs", "run.json", "ports.json", "seeded"
)  # fmt: skip
LOCK = "localcloud.lock"


class DataDirError(Exception):
    """The data folder cannot be used; the message says why and what to do."""


class DataDir:
    """A data folder. `hold` takes it for one run; `running` tells others what runs on it."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self.lock: int | None = None
        self._ours = False

    def hold(self) -> None:
        """Take the folder for this process and the services it starts.

        The lock is a file descriptor that every service inherits: it is free again when the last of them has ended, so
        a new run never meets services of one that was killed. Raises `DataDirError` when another run has it, or when
        the folder holds files that are not localcloud's.
        """
        self._claim()
        lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + GRACE_SECONDS + 5
        while not _locked(lock):
            run = self.read_run()
            if run is not None and _alive(run["pid"]):
                os.close(lock)
                raise DataDirError(
                    f"localcloud already runs on {self.path} (process {run['pid']}); stop it first, or choose another "
                    "folder with --data-dir"
                )
            if time.monotonic() > deadline:
                os.close(lock)
                pids = ", ".join(str(service["pid"]) for service in run["services"]) if run else "unknown"
                raise DataDirError(
                    f"services of an earlier run still use {self.path} (processes {pids}); end them, or choose another "
                    "folder with --data-dir"
                )
            time.sleep(0.1)
        self.lock = lock

    def release(self) -> None:
        """Forget the run and let the next one have the folder."""
        (self.path / "run.json").unlink(missing_ok=True)
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None

    def reset(self) -> None:
        """Remove everything that localcloud keeps here. Only for the process that holds the folder.

        Raises `DataDirError` when no run has used the folder before: a slip such as `--data-dir ~ --reset` must not
        cost somebody's own `keys` and `logs`.
        """
        if not self._ours:
            raise DataDirError(f"{self.path} was not made by localcloud, so --reset leaves it; remove it yourself")
        for name in CONTENTS:
            entry = self.path / name
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink(missing_ok=True)

    def running(self) -> dict[str, Any] | None:
        """Return the record of the run that has the folder now (see `Supervisor`), or None."""
        try:
            lock = os.open(self.path / LOCK, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            if _locked(lock, fcntl.LOCK_SH):
                return None
        finally:
            os.close(lock)
        run = self.read_run()
        return run if run is not None and _alive(run["pid"]) else None

    def read_run(self) -> dict[str, Any] | None:
        """Return the last run's record, whether or not it still runs; None when it ended as it should."""
        run: dict[str, Any] | None = self._read("run.json")
        return run

    def write_run(self, record: dict[str, Any]) -> None:
        """Publish the record of this run, whole or not at all."""
        self._write("run.json", record)

    @property
    def ports(self) -> dict[str, int]:
        """Ports that were chosen for earlier runs, so that a restart answers where the one before did."""
        return self._read("ports.json") or {}

    @ports.setter
    def ports(self, ports: dict[str, int]) -> None:
        self._write("ports.json", ports)

    def _claim(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = {entry.name for entry in self.path.iterdir()}
        except OSError as error:
            raise DataDirError(
                f"{self.path} cannot be used ({error.strerror}); choose another folder with --data-dir"
            ) from None
        self._ours = LOCK in found or not found
        if not self._ours and found - set(CONTENTS):
            raise DataDirError(
                f"{self.path} holds files that are not localcloud's; choose an empty or new folder with --data-dir"
            )

    def _read(self, name: str) -> Any:
        try:
            return json.loads((self.path / name).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def _write(self, name: str, value: Any) -> None:
        draft = self.path / f"{name}.new"
        draft.write_text(json.dumps(value, indent=2) + "\n")
        draft.replace(self.path / name)


def _locked(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.EACCES}:
            return False
        raise
    return True


def _alive(pid: int) -> bool:
    with contextlib.suppress(PermissionError):  # it is alive, and somebody else's
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
