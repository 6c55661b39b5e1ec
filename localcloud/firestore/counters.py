"""What a call cost, counted as the service bills it: index entries and documents read, documents written."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(slots=True)
class Cost:
    """Work of one call, or of many added up."""

    calls: int = 0
    index_entries: int = 0
    documents: int = 0
    writes: int = 0

    def add(self, other: Cost) -> None:
        """Add another's numbers to these."""
        self.calls += other.calls
        self.index_entries += other.index_entries
        self.documents += other.documents
        self.writes += other.writes

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """As gRPC trailing metadata."""
        return (
            ("x-firestore-index-entries-read", str(self.index_entries)),
            ("x-firestore-documents-read", str(self.documents)),
            ("x-firestore-documents-written", str(self.writes)),
        )


class Counters:
    """Cost of all calls by method name (`RunQuery`), and of the latest call of each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals: dict[str, Cost] = {}
        self._latest: dict[str, Cost] = {}

    def record(self, method: str, cost: Cost) -> None:
        """Add one finished call."""
        cost.calls = 1
        with self._lock:
            self._totals.setdefault(method, Cost()).add(cost)
            self._latest[method] = cost

    def total(self, method: str | None = None) -> Cost:
        """Everything since the start or the last `reset`, of one method or of all."""
        result = Cost()
        with self._lock:
            for name, cost in self._totals.items():
                if method is None or name == method:
                    result.add(cost)
        return result

    def latest(self, method: str) -> Cost:
        """The most recent finished call of a method (all zero when there was none)."""
        with self._lock:
            return self._latest.get(method, Cost())

    def reset(self) -> None:
        """Start counting from zero."""
        with self._lock:
            self._totals.clear()
            self._latest.clear()
