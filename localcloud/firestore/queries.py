"""RunQuery and RunAggregationQuery."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from localcloud.firestore.counters import Cost
from localcloud.firestore.documents import masked, note_read, open_read
from localcloud.firestore.errors import invalid, unimplemented
from localcloud.firestore.execute import Execution
from localcloud.firestore.messages import AggregationResult, Document, document_bytes, field_bytes, time_bytes, varint
from localcloud.firestore.names import DOCUMENT_ID, FieldPath, Path, document_name, parse_field_path
from localcloud.firestore.query import Query, parse_query
from localcloud.firestore.state import State
from localcloud.firestore.transactions import Transaction
from localcloud.firestore.values import get, number
from localcloud.firestore.writer import Change

MAX_AGGREGATIONS = 5

_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1


def run_query(state: State, request: Any, cost: Cost) -> Iterator[bytes]:
    """RunQuery."""
    if request.HasField("explain_options"):
        raise unimplemented("Query explain is not available in the local Firestore engine.")
    if request.WhichOneof("query_type") != "structured_query":
        raise invalid("The request has no structured_query.")
    query = parse_query(request.parent, request.structured_query)
    at, transaction, begun = open_read(state, query.database, request)
    execution = Execution(state, query, at, cost)
    time = time_bytes(3, at)
    prefix = b""
    if begun and transaction is not None:
        prefix = field_bytes(2, transaction.id)
        yield prefix
        prefix = b""
    tracked = transaction if transaction is not None and not transaction.read_only else None
    mask = query.mask
    if mask is not None and DOCUMENT_ID in mask:
        mask = tuple(path for path in mask if path != DOCUMENT_ID)
    count = 0
    last: tuple[Path, bytes] | None = None
    for hit in execution.hits():
        stored = execution.read(hit)
        if stored is None:
            raise RuntimeError("an index entry points to no document")
        path = execution.path(hit)
        if tracked is not None:
            note_read(tracked, execution.key(hit), stored)
            last = (path, stored.body)
        count += 1
        name = document_name(query.database, path)
        body = masked(stored.body, mask)
        yield field_bytes(1, document_bytes(name, body, stored.created, stored.updated)) + time
    if tracked is not None:
        _guard(tracked, query, None, last if query.limit is not None and count == query.limit else None)
    if count == 0:
        skipped = b"\x20" + varint(query.offset) if query.offset else b""
        yield prefix + time + skipped


def _guard(transaction: Transaction, query: Query, counted: set[Path] | None, last: tuple[Path, bytes] | None) -> None:
    """Have the transaction fail at commit when a change would alter this query's result.

    `last` is the last document of a page that its limit filled: what comes behind it does not matter. Documents
    returned are watched one by one elsewhere; those only counted are in `counted`.
    """
    ceiling = query.sort_key(last[0], Document.FromString(last[1]).fields) if last is not None else None

    def touches(change: Change) -> bool:
        if not query.in_scope(change.path):
            return False
        if query.offset or (counted is not None and change.path in counted):
            return True
        if change.fields is None:
            return False
        key = query.matches(change.path, change.fields)
        return key is not None and (ceiling is None or key <= ceiling)

    transaction.ranges.append(touches)


def run_aggregation_query(state: State, request: Any, cost: Cost) -> Iterator[bytes]:
    """RunAggregationQuery: count, sum and average in one pass."""
    if request.HasField("explain_options"):
        raise unimplemented("Query explain is not available in the local Firestore engine.")
    given = request.structured_aggregation_query
    query = parse_query(request.parent, given.structured_query)
    aggregations = _aggregations(given.aggregations)
    # The service sums over indexes: the fields must be in the one that serves the query, and a limit cuts in its order.
    query.order_also_by([each.path for each in aggregations if each.path is not None])
    at, transaction, begun = open_read(state, query.database, request)
    tracked = transaction if transaction is not None and not transaction.read_only else None
    fields = {each.path for each in aggregations if each.path is not None}
    execution = Execution(state, query, at, cost, names_only=not fields)
    limits = [each.up_to for each in aggregations]
    enough = None if None in limits else max(limit or 0 for limit in limits)
    counted: set[Path] = set()
    full = False
    for hit in execution.hits():
        if tracked is not None:
            counted.add(execution.path(hit))
        values: dict[FieldPath, Any] = {}
        if fields:
            stored = execution.read(hit)
            document = Document.FromString(stored.body if stored is not None else b"")
            found = {path: get(document.fields, path) for path in fields}
            if any(value is None for value in found.values()):
                continue
            values = found
        for each in aggregations:
            each.add(values)
        if enough is not None and aggregations[0].count >= enough:
            full = True
            break
    if tracked is not None and not full:
        _guard(tracked, query, counted, None)
    elif tracked is not None:
        _guard_counted(tracked, query, counted)
    result = AggregationResult()
    for each in aggregations:
        each.put(result.aggregate_fields[each.alias])
    answer = field_bytes(1, result.SerializeToString()) + time_bytes(3, at)
    if begun and transaction is not None:
        answer += field_bytes(2, transaction.id)
    yield answer


def _guard_counted(transaction: Transaction, query: Query, counted: set[Path]) -> None:
    def touches(change: Change) -> bool:
        return query.in_scope(change.path) and (bool(query.offset) or change.path in counted)

    transaction.ranges.append(touches)


class _Aggregation:
    """One running aggregation: a count (no `path`), a sum or an average."""

    def __init__(self, alias: str, kind: str, path: FieldPath | None, up_to: int | None) -> None:
        self.alias = alias
        self.kind = kind
        self.path = path
        self.up_to = up_to
        self.count = 0
        self._numbers = 0
        self._integers = 0
        self._doubles: list[float] = []

    def add(self, values: dict[FieldPath, Any]) -> None:
        """Take one document into account."""
        self.count += 1
        if self.path is None:
            return
        value = values[self.path]
        if value.WhichOneof("value_type") not in {"integer_value", "double_value"}:
            return
        self._numbers += 1
        held = number(value)
        if isinstance(held, int):
            self._integers += held
        else:
            self._doubles.append(held)

    def put(self, value: Any) -> None:
        """Write the result."""
        if self.kind == "count":
            value.integer_value = self.count if self.up_to is None else min(self.count, self.up_to)
        elif self.kind == "sum":
            if not self._doubles and _INT_MIN <= self._integers <= _INT_MAX:
                value.integer_value = self._integers
            else:
                value.double_value = self._total()
        elif self._numbers == 0:
            value.null_value = 0
        else:
            value.double_value = self._total() / self._numbers

    def _total(self) -> float:
        try:
            return math.fsum([*self._doubles, float(self._integers)])
        except (OverflowError, ValueError):
            return sum(self._doubles) + float(self._integers)


def _aggregations(given: Any) -> list[_Aggregation]:
    if not given:
        raise invalid("Aggregations can not be empty.")
    if len(given) > MAX_AGGREGATIONS:
        raise invalid(f"A query can have at most {MAX_AGGREGATIONS} aggregations; this one has {len(given)}.")
    aggregations: list[_Aggregation] = []
    taken = {each.alias for each in given if each.alias}
    if len(taken) != sum(1 for each in given if each.alias):
        raise invalid("Aggregation aliases contain duplicate alias.")
    unnamed = 0
    for each in given:
        alias = each.alias
        while not alias or (not each.alias and alias in taken):
            unnamed += 1
            alias = f"field_{unnamed}"
        kind = each.WhichOneof("operator")
        if kind == "count":
            up_to = each.count.up_to.value if each.count.HasField("up_to") else None
            if up_to is not None and up_to <= 0:
                raise invalid("up_to of a count must be greater than zero.")
            aggregations.append(_Aggregation(alias, kind, None, up_to))
        elif kind in {"sum", "avg"}:
            path = parse_field_path(getattr(each, kind).field.field_path)
            aggregations.append(_Aggregation(alias, kind, path, None))
        else:
            raise invalid(f'The aggregation "{alias}" has no operator.')
    return aggregations
