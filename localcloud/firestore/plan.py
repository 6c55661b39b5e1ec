"""Choosing indexes: which ranges of which index answer a disjunct, or which index it lacks.

An index serves a disjunct when it starts with fields the disjunct fixes (equalities, one array-contains) and goes on
with exactly the fields that remain to be ordered by, all in the query's direction or all against it. Several
indexes with the same remainder are joined where one alone does not hold every fixed field. What no combination of
indexes serves is refused, as by the service.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from localcloud.firestore.encoding import HIGHEST, LOWEST, after, invert, text_key
from localcloud.firestore.errors import failed_precondition
from localcloud.firestore.indexes import (
    ARRAY,
    ASCENDING,
    COLLECTION,
    COLLECTION_GROUP,
    CONTAINS,
    DESCENDING,
    FIELD,
    GROUP,
    PATH,
    Index,
    IndexConfig,
    collection_key,
    field_key,
)
from localcloud.firestore.names import DOCUMENT_ID, FieldPath, Path, format_field_path, path_key, segment_key
from localcloud.firestore.query import Cursor, Disjunct, Interval, Order, Query, intersect

_EVERYTHING: tuple[Interval, ...] = ((LOWEST, HIGHEST),)


@dataclass(frozen=True, slots=True)
class Component:
    """One ordered field inside the keys of a plan, and whether the index holds it inverted."""

    path: FieldPath
    inverted: bool


@dataclass(slots=True)
class Plan:
    """Key ranges that answer one disjunct.

    Every key is prefix · components · tail; all `prefixes` are joined on what follows the prefix. `intervals` bound
    what follows, in key order; `checks` are intervals that single components must lie in (the tail is the last one).
    """

    disjunct: Disjunct
    table: str
    prefixes: list[bytes]
    components: tuple[Component, ...]
    flipped: bool
    intervals: tuple[Interval, ...]
    checks: list[tuple[int, tuple[Interval, ...]]]
    tail_inverted: bool = False


@dataclass(slots=True)
class _Candidate:
    """An index that could take part: what it fixes, and its key up to what it orders by."""

    covers: frozenset[tuple[str, FieldPath]]
    prefix: bytes
    table: str = "entries"


@dataclass(slots=True)
class Planner:
    """Plans the disjuncts of one query. `database` is the database's key prefix."""

    query: Query
    config: IndexConfig
    database: bytes
    base: bytes = field(init=False)
    """What the encoded name of every document in scope starts with; the tail of a key follows."""
    collection: Path = field(init=False)

    def __post_init__(self) -> None:
        query = self.query
        self.collection = (*query.parent, query.collection or "")
        self.base = b"\x30" + text_key(query.database.project) + text_key(query.database.name)
        if not query.descendants:
            self.base += path_key(self.collection)

    @property
    def grouped(self) -> bool:
        """Whether tails are whole paths."""
        return self.query.descendants

    def plan(self, disjunct: Disjunct) -> Plan:
        """The ranges for one disjunct (without a filter for a single name: that one is a lookup).

        Raises FAILED_PRECONDITION with the definition of a missing index.
        """
        orders = [order for order in self.query.orders if order.path not in disjunct.equal]
        name = orders.pop()
        wanted = {("=", path) for path in disjunct.equal} | {("c", path) for path, _ in disjunct.contains}
        best: tuple[list[_Candidate], bool] | None = None
        for flipped in (False, True):
            candidates = self._candidates(disjunct, orders, name.descending != flipped, flipped=flipped)
            chosen = _cover(wanted, candidates)
            if chosen and (best is None or len(chosen) < len(best[0])):
                best = (chosen, flipped)
        if best is None:
            raise self._missing(disjunct, orders, name)
        chosen, flipped = best
        components = tuple(Component(order.path, order.descending != flipped) for order in orders)
        plan = Plan(
            disjunct,
            chosen[0].table,
            [candidate.prefix for candidate in chosen],
            components,
            flipped,
            _EVERYTHING,
            [],
            tail_inverted=name.descending != flipped,
        )
        self._bound(plan)
        return plan

    def _candidates(
        self, disjunct: Disjunct, orders: list[Order], tail_inverted: bool, *, flipped: bool
    ) -> Iterable[_Candidate]:
        query = self.query
        modes = [DESCENDING if order.descending != flipped else ASCENDING for order in orders]
        paths = [order.path for order in orders]
        if not tail_inverted:
            yield from self._automatic(disjunct, paths, modes, flipped=flipped)
        if query.collection is None:
            return
        scope = COLLECTION_GROUP if self.grouped else COLLECTION
        contains = dict(disjunct.contains)
        for index in self.config.indexes.get(query.collection, ()):
            fixed = len(index.fields) - len(orders)
            if index.internal or index.scope != scope or fixed < 0 or index.name_descending != tail_inverted:
                continue
            if [item.path for item in index.fields[fixed:]] != paths:
                continue
            if [item.mode for item in index.fields[fixed:]] != modes:
                continue
            candidate = self._fixed(index, fixed, disjunct, contains)
            if candidate is not None:
                yield candidate

    def _automatic(
        self, disjunct: Disjunct, paths: list[FieldPath], modes: list[str], *, flipped: bool
    ) -> Iterable[_Candidate]:
        query = self.query
        if query.collection is None:
            yield _Candidate(frozenset(), PATH + self.database)
            return
        if not paths and self.grouped:
            yield _Candidate(frozenset(), GROUP + self.database + segment_key(query.collection))
        if self.grouped:
            return
        scope = self.database + collection_key(self.collection)
        if not paths:
            yield _Candidate(frozenset(), scope, "docs")
            for path, value in disjunct.equal.items():
                if self.config.automatic(query.collection, path) & {ASCENDING, DESCENDING}:
                    yield _Candidate(frozenset({("=", path)}), FIELD + scope + field_key(path) + value)
            for path, value in disjunct.contains:
                if CONTAINS in self.config.automatic(query.collection, path):
                    yield _Candidate(frozenset({("c", path)}), ARRAY + scope + field_key(path) + value)
        elif len(paths) == 1 and modes[0] == ASCENDING and paths[0] != DOCUMENT_ID:
            # One set of entries is read both ways; the index file may still forbid a direction.
            direction = DESCENDING if flipped else ASCENDING
            if direction in self.config.automatic(query.collection, paths[0]):
                yield _Candidate(frozenset(), FIELD + scope + field_key(paths[0]))

    def _fixed(
        self, index: Index, fixed: int, disjunct: Disjunct, contains: dict[FieldPath, bytes]
    ) -> _Candidate | None:
        prefix = index.prefix + self.database
        if not self.grouped:
            prefix += collection_key(self.collection)
        covers: set[tuple[str, FieldPath]] = set()
        for path, mode in index.fields[:fixed]:
            value = contains.get(path) if mode == CONTAINS else disjunct.equal.get(path)
            if value is None:
                return None
            covers.add(("c" if mode == CONTAINS else "=", path))
            prefix += invert(value) if mode == DESCENDING else value
        return _Candidate(frozenset(covers), prefix)

    def _bound(self, plan: Plan) -> None:
        ranges = plan.disjunct.ranges
        last = len(plan.components)
        for position, component in enumerate(plan.components):
            intervals = ranges.get(component.path)
            if intervals is None:
                continue
            if component.inverted:
                intervals = _inverted(intervals)
            if position == 0:
                plan.intervals = intervals
            else:
                plan.checks.append((position, intervals))
        tails = self._tail_intervals(ranges.get(DOCUMENT_ID))
        if plan.tail_inverted:
            tails = _inverted(tails)
        if last == 0:
            plan.intervals = intersect(plan.intervals, tails)
        elif tails not in {_EVERYTHING, _inverted(_EVERYTHING)}:
            plan.checks.append((last, tails))
        low, high = self._between_cursors(plan)
        plan.intervals = intersect(plan.intervals, ((low, high),)) if low < high else ()

    def _tail_intervals(self, names: tuple[Interval, ...] | None) -> tuple[Interval, ...]:
        tails = _EVERYTHING
        if names is not None:
            tails = tuple((self._tail(low), self._tail(high)) for low, high in names)
        if self.grouped and self.query.parent:
            parent = path_key(self.query.parent)
            tails = intersect(tails, ((parent + LOWEST, parent + HIGHEST),))
        return tails

    def _tail(self, name: bytes) -> bytes:
        """An encoded name as it compares with the tails of this plan's keys."""
        if name.startswith(self.base):
            return name[len(self.base) :]
        return LOWEST if name < self.base else HIGHEST

    def _between_cursors(self, plan: Plan) -> Interval:
        low, high = LOWEST, HIGHEST
        for cursor, is_start in ((self.query.start, True), (self.query.end, False)):
            if cursor is None:
                continue
            position, before = self._position(plan, cursor)
            bound = position if before != plan.flipped else after(position)
            if is_start != plan.flipped:
                low = max(low, bound)
            else:
                high = min(high, bound)
        return low, high

    def _position(self, plan: Plan, cursor: Cursor) -> tuple[bytes, bool]:
        """Where the cursor stands among the plan's keys, and whether it lies before keys that start with that.

        A field fixed by an equality is not in the keys: if the cursor has another value for it, that decides.
        """
        inverted = {component.path: component.inverted for component in plan.components}
        position = b""
        for value, order in zip(cursor.values, self.query.orders, strict=False):
            fixed = plan.disjunct.equal.get(order.path)
            if fixed is not None:
                if fixed != value:
                    return position, (fixed > value) != order.descending
                continue
            if order.path == DOCUMENT_ID:
                tail = self._tail(value)
                position += invert(tail) if plan.tail_inverted else tail
            else:
                position += invert(value) if inverted[order.path] else value
        return position, cursor.before

    def _missing(self, disjunct: Disjunct, orders: list[Order], name: Order) -> Exception:
        collection = self.query.collection or ""
        scope = COLLECTION_GROUP if self.grouped else COLLECTION
        fields = [{"fieldPath": format_field_path(path), "order": ASCENDING} for path in disjunct.equal]
        fields += [{"fieldPath": format_field_path(path), "arrayConfig": CONTAINS} for path, _ in disjunct.contains]
        fields += [
            {"fieldPath": format_field_path(order.path), "order": DESCENDING if order.descending else ASCENDING}
            for order in orders
        ]
        if len(fields) == 1 and (not orders or orders[0].descending == name.descending):
            single = {key: value for key, value in fields[0].items() if key != "fieldPath"} | {"queryScope": scope}
            definition = {
                "collectionGroup": collection,
                "fieldPath": fields[0]["fieldPath"],
                "indexes": [
                    {"order": ASCENDING, "queryScope": COLLECTION},
                    {"order": DESCENDING, "queryScope": COLLECTION},
                    {"arrayConfig": CONTAINS, "queryScope": COLLECTION},
                    *([single] if self.grouped else []),
                ],
            }
            return failed_precondition(
                f"The query requires an index. Add this to fieldOverrides in firestore.indexes.json: "
                f"{json.dumps(definition)}"
            )
        if orders and orders[-1].descending != name.descending:
            fields.append({"fieldPath": "__name__", "order": DESCENDING if name.descending else ASCENDING})
        definition = {"collectionGroup": collection, "queryScope": scope, "fields": fields}
        return failed_precondition(
            f"The query requires an index. Add this to indexes in firestore.indexes.json: {json.dumps(definition)}"
        )


def _inverted(intervals: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """The same values where a component is stored inverted."""
    return tuple(sorted((after(invert(high)), after(invert(low))) for low, high in intervals))


def _cover(wanted: set[tuple[str, FieldPath]], candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """As few candidates as possible that together fix everything wanted (greedily); empty if they cannot."""
    pool = list(candidates)
    if not wanted:
        return next(([candidate] for candidate in pool if not candidate.covers), [])
    chosen: list[_Candidate] = []
    missing = set(wanted)
    while missing:
        best = max(pool, key=lambda candidate: len(candidate.covers & missing), default=None)
        if best is None or not best.covers & missing:
            return []
        chosen.append(best)
        missing -= best.covers
    return chosen
