"""The folder that holds everything localcloud keeps: who uses it, what runs on it, and how it is emptied."""

import errno
import fcntl
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from localcloud.child import GRACE_SECONDS, POLL_SECONDS

#: Everything that localcloud makes in its folder. `--reset` removes these and nothing else.
CONTENTS = (
    "firestore", "tasks", "storage", "smtp", "vendors", "clamd", "keys", "logs", "run.json", "ports.json", "seeded"
)  # fmt: skip
LOCK = "localcloud.lock"
SERVICES_LOCK = "services.lock"


class DataDirError(Exception):
    """The data folder cannot be used; the message says why and what to do."""


class DataDir:
    """A data folder. `hold` takes it for one run; `running` tells others what runs on it."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self.services_lock: int | None = None
        self._lock: int | None = None

    def hold(self) -> None:
        """Take the folder for this process and the services it starts.

        There are two locks, both freed by the system when their holders end. One is this process's own. The other is
        `services_lock`, a descriptor that every service inherits: a new run waits for it, so that it never meets
        services of one that was killed. Raises `DataDirError` when another run has the folder, when services of one do
        not end, or when the folder holds files that are not localcloud's.
        """
        self._claim()
        # Not at once: whoever asks what runs holds the lock for a moment.
        self._lock = self._take(LOCK, 0.5)
        if self._lock is None:
            run = self.read_run()
            which = f" (process {run['pid']})" if run else ""
            raise DataDirError(
                f"localcloud already runs on {self.path}{which}; stop it first, or choose another folder with "
                "--data-dir"
            )
        self.services_lock = self._take(SERVICES_LOCK, GRACE_SECONDS + 5)
        if self.services_lock is None:
            run = self.read_run()
            which = f" (processes {', '.join(str(each['pid']) for each in run['services'])})" if run else ""
            self._free()
            raise DataDirError(
                f"services of an earlier run still use {self.path}{which}; end them, or choose another folder with "
                "--data-dir"
            )

    def release(self) -> None:
        """Forget the run and let the next one have the folder."""
        (self.path / "run.json").unlink(missing_ok=True)
        self._free()

    def reset(self) -> None:
        """Remove everything that localcloud keeps here. Only for the process that holds the folder."""
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
            return None if _locked(lock, fcntl.LOCK_SH) else self.read_run()
        finally:
            os.close(lock)

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
        # A slip such as `--data-dir ~ --reset` must not cost somebody's own folders named keys and logs.
        if found and LOCK not in found:
            raise DataDirError(
                f"{self.path} holds files that are not localcloud's; choose an empty or new folder with --data-dir"
            )

    def _take(self, name: str, patience: float) -> int | None:
        """Return the descriptor of a lock file that is now ours, or None when it is not free within `patience` s."""
        lock = os.open(self.path / name, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + patience
        while not _locked(lock):
            if time.monotonic() > deadline:
                os.close(lock)
                return None
            time.sleep(POLL_SECONDS)
        return lock

    def _free(self) -> None:
        for lock in (self.services_lock, self._lock):
            if lock is not None:
                os.close(lock)
        self.services_lock = self._lock = None

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
