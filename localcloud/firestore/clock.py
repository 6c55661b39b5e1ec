"""Commit times and read times, in microseconds since the epoch.

Every read is made at a read time T and sees exactly the commits with a time of at most T. That holds because a commit
never takes a time at or below a T already given out, and a T given out while commits are being written stays below
the first of them.
"""

from __future__ import annotations

import threading
import time


class Clock:
    """The database file's one source of times."""

    def __init__(self, last_commit: int) -> None:
        self._lock = threading.Lock()
        self._last_read = last_commit
        self._first_in_flight: int | None = None
        self.published = last_commit
        self.newest = last_commit
        """The newest commit time given out: nothing above it can be on disk."""

    def read_time(self) -> int:
        """A time at which everything acknowledged so far is visible."""
        now = time.time_ns() // 1000
        with self._lock:
            at = max(now, self.published)
            if self._first_in_flight is not None and at >= self._first_in_flight:
                at = self._first_in_flight - 1
            self._last_read = max(self._last_read, at)
            return at

    def pin(self, at: int) -> bool:
        """Let no later commit take a time at or below `at`, which a client has asked to read at.

        True when commits up to `at` may still be on their way to disk.
        """
        with self._lock:
            self._last_read = max(self._last_read, at)
            return self._first_in_flight is not None and self._first_in_flight <= at

    def commit_time(self) -> int:
        """The next commit's time, above every earlier commit and every read. For the writer only."""
        now = time.time_ns() // 1000
        with self._lock:
            at = max(now, self.newest + 1, self._last_read + 1)
            self.newest = at
            if self._first_in_flight is None:
                self._first_in_flight = at
            return at

    def publish(self) -> None:
        """Everything given out is on disk, or never will be. For the writer only."""
        with self._lock:
            self.published = self.newest
            self._first_in_flight = None
