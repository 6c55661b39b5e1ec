"""The bytes of objects on disk: staged, hashed, synced, then renamed into place.

File names are random, never an object's name, so no name can reach outside the directory.
"""

import base64
import hashlib
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import google_crc32c

from localcloud.httpd import CHUNK


@dataclass(frozen=True)
class Staged:
    """A complete file that no object names yet; `md5` and `crc32c` as the API writes them (base64)."""

    path: Path
    size: int
    md5: str
    crc32c: str


class Staging:
    """A file being received. `finish` makes it durable; `abort` removes it."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / uuid.uuid4().hex
        self._file = self.path.open("xb")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._crc32c = _new_crc32c()
        self._size = 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._md5.update(data)
        self._crc32c.update(data)
        self._size += len(data)

    def finish(self) -> Staged:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Staged(self.path, self._size, _text(self._md5.digest()), _text(self._crc32c.digest()))

    def abort(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


class Files:
    """A data directory's files: `incoming` are being received, `objects` are stored."""

    def __init__(self, data_dir: Path) -> None:
        self.incoming = data_dir / "incoming"
        self._objects = data_dir / "objects"
        for directory in (self.incoming, self._objects):
            directory.mkdir(parents=True, exist_ok=True)

    def open(self, name: str) -> IO[bytes]:
        """Open a stored file for reading. Raises `FileNotFoundError`."""
        return self._path(name).open("rb")

    def keep(self, staged: Staged) -> str:
        """Move a staged file to its place, durably; return the name to store."""
        name = uuid.uuid4().hex
        path = self._path(name)
        if not path.parent.exists():
            path.parent.mkdir(exist_ok=True)
            sync_directory(self._objects)
        staged.path.replace(path)
        sync_directory(path.parent)
        return name

    def remove(self, name: str) -> None:
        """Remove a stored file; one that a reader holds open on Windows stays until the next start."""
        try:
            self._path(name).unlink(missing_ok=True)
        except PermissionError:
            return

    def stage(self, parts: Iterable[IO[bytes]]) -> Staged:
        """Concatenate open files into a new staged one, and close them."""
        staging = Staging(self.incoming)
        try:
            for part in parts:
                with part:
                    while data := part.read(CHUNK):
                        staging.write(data)
            return staging.finish()
        except BaseException:
            staging.abort()
            raise

    def sweep(self, stored: set[str], receiving: set[str]) -> None:
        """Remove what a dead process left: files that no object and no upload session names."""
        for path in self.incoming.iterdir():
            if path.name not in receiving:
                path.unlink()
        for directory in self._objects.iterdir():
            for path in directory.iterdir():
                if path.name not in stored:
                    path.unlink()

    def _path(self, name: str) -> Path:
        return self._objects / name[:2] / name


def hash_file(path: Path) -> Staged:
    """Hash a received file as it is on disk."""
    md5, crc32c, size = hashlib.md5(usedforsecurity=False), _new_crc32c(), 0
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            md5.update(data)
            crc32c.update(data)
            size += len(data)
    return Staged(path, size, _text(md5.digest()), _text(crc32c.digest()))


def sync_directory(directory: Path) -> None:
    """Make renames in a directory durable, where the system can (Windows cannot open directories)."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _new_crc32c() -> Any:
    checksum: Any = google_crc32c.Checksum  # its methods carry no types
    return checksum()
