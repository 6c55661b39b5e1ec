"""Running a planned query: index entries in order, joined, merged, and only then documents."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from localcloud.firestore.counters import Cost
from localcloud.firestore.encoding import end_of, invert
from localcloud.firestore.indexes import document_key, id_key
from localcloud.firestore.messages import Document
from localcloud.firestore.names import DOCUMENT_ID, Path, path_key, read_path
from localcloud.firestore.plan import Plan, Planner
from localcloud.firestore.query import Disjunct, Query, within
from localcloud.firestore.state import State
from localcloud.firestore.store import Store, Stored

_FIRST_BATCH = 32
_JOIN_BATCH = 16
_LARGEST_BATCH = 1024


class Hit(NamedTuple):
    """One document a query found. `key` sorts hits of all disjuncts together; `stored` is set if it was read."""

    key: bytes
    tail: bytes
    stored: Stored | None


class Row(NamedTuple):
    """An index entry after its prefix: the components, and where the tail starts."""

    rest: bytes
    tail_at: int
    stored: Stored | None = None


class Execution:
    """One query at one read time. With `names_only` no document is read unless `read` asks for it.

    Raises FAILED_PRECONDITION when an index is missing.
    """

    def __init__(self, state: State, query: Query, at: int, cost: Cost, *, names_only: bool = False) -> None:
        self._store: Store = state.store
        self.query = query
        self._at = at
        self._cost = cost
        prefix = state.store.database(query.database)
        self._names_only = names_only
        self._exists = prefix is not None
        self._prefix = prefix or bytes(4)
        self._planner = Planner(query, state.config, self._prefix)
        self._runs: list[Disjunct | Plan] = []
        for disjunct in query.disjuncts:
            if disjunct.empty:
                continue
            self._runs.append(disjunct if DOCUMENT_ID in disjunct.equal else self._planner.plan(disjunct))

    def hits(self) -> Iterator[Hit]:
        """Every hit in order, with offset and limit applied."""
        query = self.query
        if not self._exists or query.limit == 0:
            return
        wanted = None if query.limit is None else query.offset + query.limit
        only = len(self._runs) == 1
        streams = [self._stream(run, wanted, keyed=not only) for run in self._runs]
        merged = streams[0] if only else heapq.merge(*streams, key=lambda hit: hit.key)
        last: bytes | None = None
        count = 0
        for hit in merged:
            if not only:
                if hit.key == last:
                    continue
                last = hit.key
            if query.exact is not None:
                stored = self.read(hit)
                if stored is None or not query.satisfies(self.path(hit), Document.FromString(stored.body).fields):
                    continue
                hit = hit._replace(stored=stored)
            count += 1
            if count > query.offset:
                yield hit
            if wanted is not None and count >= wanted:
                return

    def path(self, hit: Hit) -> Path:
        """The path of a hit's document."""
        path, _ = read_path(hit.tail)
        return path if self.query.descendants else (*self._planner.collection, *path)

    def read(self, hit: Hit) -> Stored | None:
        """A hit's document as of the read time."""
        if hit.stored is not None:
            return hit.stored
        return self._store.get(self.key(hit), self._at, self._cost)

    def key(self, hit: Hit) -> bytes:
        """The storage key of a hit's document."""
        return document_key(self._prefix, self.path(hit))

    def _stream(self, run: Disjunct | Plan, wanted: int | None, *, keyed: bool) -> Iterator[Hit]:
        if isinstance(run, Disjunct):
            yield from self._lookup(run)
            return
        rows = self._join(run) if len(run.prefixes) > 1 else self._scan(run, wanted)
        sort_key = self._sort_key(run) if keyed else None
        for row in rows:
            tail = row.rest[row.tail_at :]
            if run.tail_inverted:
                tail = invert(tail)
            yield Hit(sort_key(row, tail) if sort_key is not None else b"", tail, row.stored)

    def _lookup(self, disjunct: Disjunct) -> Iterator[Hit]:
        query = self.query
        name = disjunct.equal[DOCUMENT_ID]
        path, _ = read_path(name, end_of(name, end_of(name, 1)))
        if not query.in_scope(path):
            return
        stored = self._store.get(document_key(self._prefix, path), self._at, self._cost)
        if stored is None or query.matches(path, Document.FromString(stored.body).fields) is None:
            return
        tail = path_key(path) + b"\0" if query.descendants else id_key(path[-1])
        fields = Document.FromString(stored.body).fields
        parts: list[bytes] = []
        for order in query.orders:
            value = tail if order.path == DOCUMENT_ID else query.encoded(path, fields, order.path) or b""
            parts.append(invert(value) if order.descending else value)
        yield Hit(b"".join(parts), tail, stored)

    def _sort_key(self, plan: Plan) -> Callable[[Row, bytes], bytes]:
        """How to sort a plan's rows among those of other disjuncts: by the query's orders, fixed fields included."""
        positions = {component.path: index for index, component in enumerate(plan.components)}
        orders = self.query.orders

        def key(row: Row, tail: bytes) -> bytes:
            values = _split(row.rest, plan) if positions else []
            parts: list[bytes] = []
            for order in orders:
                if order.path == DOCUMENT_ID:
                    value = tail
                elif order.path in positions:
                    index = positions[order.path]
                    value = invert(values[index]) if plan.components[index].inverted else values[index]
                else:
                    value = plan.disjunct.equal[order.path]
                parts.append(invert(value) if order.descending else value)
            return b"".join(parts)

        return key

    def _scan(self, plan: Plan, wanted: int | None) -> Iterator[Row]:
        batch = _FIRST_BATCH if wanted is None or plan.checks else max(1, min(wanted, _LARGEST_BATCH))
        intervals = plan.intervals[::-1] if plan.flipped else plan.intervals
        for low, high in intervals:
            source = _Source(self, plan, plan.prefixes[0], low, high, batch)
            while source.fill():
                for row in source.rows:
                    if _passes(row, plan):
                        yield row
                source.skip_all()
            batch = source.batch

    def _join(self, plan: Plan) -> Iterator[Row]:
        intervals = plan.intervals[::-1] if plan.flipped else plan.intervals
        for low, high in intervals:
            sources = [_Source(self, plan, prefix, low, high, _JOIN_BATCH) for prefix in plan.prefixes]
            while all(source.fill() for source in sources):
                heads = [source.head for source in sources]
                furthest = min(heads) if plan.flipped else max(heads)
                if heads.count(furthest) == len(heads):
                    row = sources[0].row
                    if _passes(row, plan):
                        yield row
                    for source in sources:
                        source.step()
                else:
                    for source in sources:
                        source.seek(furthest)

    def fetch(self, plan: Plan, low: bytes, high: bytes, limit: int, prefix_size: int) -> list[Row]:
        """Up to `limit` rows of one source, from keys low <= key < high, in the plan's direction."""
        if plan.table == "docs" and self._names_only:
            names = self._store.scan_names(low, high, self._at, limit, self._cost, descending=plan.flipped)
            return [Row(k[prefix_size:], 0) for (k,) in names]
        if plan.table == "docs":
            found = self._store.scan_documents(low, high, self._at, limit, self._cost, descending=plan.flipped)
            return [Row(k[prefix_size:], 0, Stored(created, updated, body)) for k, created, updated, body in found]
        entries = self._store.scan_entries(low, high, self._at, limit, self._cost, descending=plan.flipped)
        return [Row(k[prefix_size:], len(k) - prefix_size - tail) for k, tail in entries]


class _Source:
    """One index range being read, in batches that grow while everything is used."""

    def __init__(self, execution: Execution, plan: Plan, prefix: bytes, low: bytes, high: bytes, batch: int) -> None:
        self._execution = execution
        self._plan = plan
        self._prefix = prefix
        self._low, self._high = prefix + low, prefix + high
        self._exhausted = False
        self.batch = batch
        self.rows: list[Row] = []
        self._at = 0

    def fill(self) -> bool:
        """Have a row at hand; False when there are no more."""
        if self._at < len(self.rows):
            return True
        if self._exhausted:
            return False
        self.rows = self._execution.fetch(self._plan, self._low, self._high, self.batch, len(self._prefix))
        self._at = 0
        self._exhausted = len(self.rows) < self.batch
        self.batch = min(self.batch * 2, _LARGEST_BATCH)
        if not self.rows:
            return False
        last = self._prefix + self.rows[-1].rest
        if self._plan.flipped:
            self._high = last
        else:
            self._low = last + b"\0"
        return True

    @property
    def row(self) -> Row:
        return self.rows[self._at]

    @property
    def head(self) -> bytes:
        return self.rows[self._at].rest

    def step(self) -> None:
        self._at += 1

    def skip_all(self) -> None:
        self._at = len(self.rows)

    def seek(self, target: bytes) -> None:
        """Go on at `target`, or the next row beyond it in the plan's direction."""
        if self._plan.flipped:
            keys = self.rows[::-1]
            left = bisect_right(keys, target, key=lambda row: row.rest)
            position = len(self.rows) - left
        else:
            position = bisect_left(self.rows, target, key=lambda row: row.rest)
        self._at = max(self._at, position)
        if self._at < len(self.rows) or self._exhausted:
            return
        self.batch = _JOIN_BATCH
        if self._plan.flipped:
            self._high = min(self._high, self._prefix + target + b"\0")
        else:
            self._low = max(self._low, self._prefix + target)


def _split(rest: bytes, plan: Plan) -> list[bytes]:
    """The components of a row, as the index holds them."""
    turned = invert(rest) if any(component.inverted for component in plan.components) else rest
    parts: list[bytes] = []
    at = 0
    for component in plan.components:
        end = end_of(turned if component.inverted else rest, at)
        parts.append(rest[at:end])
        at = end
    parts.append(rest[at:])
    return parts


def _passes(row: Row, plan: Plan) -> bool:
    if not plan.checks:
        return True
    parts = _split(row.rest, plan)
    return all(within(parts[position], intervals) for position, intervals in plan.checks)
