"""A `StructuredQuery`, read and checked: its disjuncts, orders, bounds, and what it says of a single document.

Everything is compared as order-preserving bytes (`encoding`); a filter on a field is a set of byte intervals
[low, high). The rules follow `google/firestore/v1/query.proto` and "Query limitations" of the documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from localcloud.firestore.encoding import (
    HIGHEST,
    LOWEST,
    MAX_INDEXED_BYTES,
    NULL,
    after,
    encode,
    invert,
    is_cut,
    reference_key,
    type_bounds,
)
from localcloud.firestore.errors import invalid, unimplemented
from localcloud.firestore.messages import StructuredQuery, Value
from localcloud.firestore.names import (
    DOCUMENT_ID,
    Database,
    FieldPath,
    Path,
    check_id,
    document_name,
    format_field_path,
    parse_document,
    parse_field_path,
    parse_parent,
)
from localcloud.firestore.values import check_value, get

MAX_DISJUNCTIONS = 30
MAX_NOT_IN = 10

Interval: TypeAlias = tuple[bytes, bytes]

_FIELD_OPS = StructuredQuery.FieldFilter.Operator
_UNARY_OPS = StructuredQuery.UnaryFilter.Operator
_DESCENDING = StructuredQuery.Direction.DESCENDING
_BEYOND_NULL = bytes((NULL + 1,))
_NAN = encode(Value(double_value=float("nan")))


class Order(NamedTuple):
    """One order of a query."""

    path: FieldPath
    descending: bool


class Term(NamedTuple):
    """One filter: an equality or `array-contains` with `value`, or intervals the field must lie in."""

    path: FieldPath
    kind: str  # "equal", "contains", "range"
    value: bytes = b""
    intervals: tuple[Interval, ...] = ()


class Cursor(NamedTuple):
    """A start or end position: values of the first orders, encoded; whether it lies before equal documents."""

    values: tuple[bytes, ...]
    before: bool


@dataclass(slots=True)
class Disjunct:
    """Filters that must all hold."""

    equal: dict[FieldPath, bytes] = field(default_factory=dict)
    contains: list[tuple[FieldPath, bytes]] = field(default_factory=list)
    ranges: dict[FieldPath, tuple[Interval, ...]] = field(default_factory=dict)
    empty: bool = False

    def add(self, term: Term) -> None:
        """Require one more filter."""
        if term.kind == "equal":
            if self.equal.setdefault(term.path, term.value) != term.value:
                self.empty = True
        elif term.kind == "contains":
            if (term.path, term.value) not in self.contains:
                self.contains.append((term.path, term.value))
        else:
            known = self.ranges.get(term.path)
            merged = term.intervals if known is None else intersect(known, term.intervals)
            self.ranges[term.path] = merged

    def settle(self) -> None:
        """Fold ranges on fields with an equality into it; notice what can never hold."""
        for path, intervals in list(self.ranges.items()):
            value = self.equal.get(path)
            if value is not None:
                del self.ranges[path]
                self.empty = self.empty or not within(value, intervals)
            elif not intervals:
                self.empty = True


def intersect(first: tuple[Interval, ...], second: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """What lies in both sets of intervals, in order."""
    both = [(max(a[0], b[0]), min(a[1], b[1])) for a in first for b in second]
    return tuple(sorted(each for each in both if each[0] < each[1]))


def within(value: bytes, intervals: tuple[Interval, ...]) -> bool:
    """Whether an encoded value lies in one of the intervals."""
    return any(low <= value < high for low, high in intervals)


@dataclass(slots=True)
class Query:
    """A checked query."""

    database: Database
    parent: Path
    collection: str | None
    descendants: bool
    disjuncts: list[Disjunct]
    orders: tuple[Order, ...]
    start: Cursor | None
    end: Cursor | None
    offset: int
    limit: int | None
    mask: tuple[FieldPath, ...] | None
    exact: list[Disjunct] | None = None
    """The disjuncts with uncut values, where one is so long that the indexes hold it cut: they find too much."""

    def in_scope(self, path: Path) -> bool:
        """Whether a document is in the collection or collection group asked for."""
        if self.descendants:
            return (self.collection is None or path[-2] == self.collection) and path[: len(self.parent)] == self.parent
        return path[:-2] == self.parent and (self.collection is None or path[-2] == self.collection)

    def order_also_by(self, paths: list[FieldPath]) -> None:
        """Order by these fields too, ascending or as the query ends, before the name."""
        known = {order.path for order in self.orders}
        name = self.orders[-1]
        added = [Order(path, name.descending) for path in dict.fromkeys(paths) if path not in known]
        self.orders = (*self.orders[:-1], *added, name)

    def encoded(
        self, path: Path, fields: Any, field_path: FieldPath, limit: int | None = MAX_INDEXED_BYTES
    ) -> bytes | None:
        """A field of a document (or its name) as it sorts; None where it lacks the field."""
        if field_path == DOCUMENT_ID:
            return reference_key(document_name(self.database, path))
        value = get(fields, field_path)
        return None if value is None else encode(value, limit)

    def sort_key(self, path: Path, fields: Any) -> bytes | None:
        """Sorts documents as the query's orders do; None where a field to order by is missing."""
        parts: list[bytes] = []
        for order in self.orders:
            value = self.encoded(path, fields, order.path)
            if value is None:
                return None
            parts.append(invert(value) if order.descending else value)
        return b"".join(parts)

    def satisfies(self, path: Path, fields: Any) -> bool:
        """Whether a document passes the filters (of any disjunct)."""
        if self.exact is not None:
            return any(self._holds(disjunct, path, fields, None) for disjunct in self.exact)
        return any(self._holds(disjunct, path, fields, MAX_INDEXED_BYTES) for disjunct in self.disjuncts)

    def _holds(self, disjunct: Disjunct, path: Path, fields: Any, limit: int | None) -> bool:
        if disjunct.empty:
            return False
        for field_path, wanted in disjunct.equal.items():
            if self.encoded(path, fields, field_path, limit) != wanted:
                return False
        for field_path, intervals in disjunct.ranges.items():
            value = self.encoded(path, fields, field_path, limit)
            if value is None or not within(value, intervals):
                return False
        for field_path, wanted in disjunct.contains:
            array = get(fields, field_path)
            if array is None or not any(encode(element, limit) == wanted for element in array.array_value.values):
                return False
        return True

    def bounds(self) -> Interval:
        """[low, high) of sort keys between the cursors."""
        low, high = LOWEST, HIGHEST
        if self.start is not None:
            low = self._position(self.start)
            low = low if self.start.before else after(low)
        if self.end is not None:
            high = self._position(self.end)
            high = high if self.end.before else after(high)
        return low, high

    def _position(self, cursor: Cursor) -> bytes:
        return b"".join(
            invert(value) if order.descending else value
            for value, order in zip(cursor.values, self.orders, strict=False)
        )

    def matches(self, path: Path, fields: Any) -> bytes | None:
        """The document's sort key if the query could return it (limit and offset aside), else None."""
        if not self.in_scope(path) or not self.satisfies(path, fields):
            return None
        key = self.sort_key(path, fields)
        if key is None:
            return None
        low, high = self.bounds()
        return key if low <= key < high else None


def parse_query(parent: str, given: Any) -> Query:
    """Check a `StructuredQuery` under `parent`. Raises INVALID_ARGUMENT naming what is wrong."""
    database, parent_path = parse_parent(parent)
    if given.HasField("find_nearest"):
        raise unimplemented("Vector search (find_nearest) is not available in the local Firestore engine.")
    if len(given.from_) > 1:
        raise invalid("A query can read from one collection only.")
    collection, descendants = _selector(given)
    reader = _Reader(database)
    disjuncts = _disjuncts(reader, given.where) if given.HasField("where") else [[]]
    if len(disjuncts) > MAX_DISJUNCTIONS:
        raise invalid(
            f"The query has {len(disjuncts)} disjunctions; at most {MAX_DISJUNCTIONS} are allowed in disjunctive "
            "normal form."
        )
    settled = [_settle(terms) for terms in disjuncts]
    orders = _orders(given, {path for disjunct in disjuncts for path in _inequalities(disjunct)})
    if given.offset < 0:
        raise invalid("offset is negative.")
    limit = None
    if given.HasField("limit"):
        limit = given.limit.value
        if limit < 0:
            raise invalid("limit is negative.")
    mask = None
    if given.HasField("select"):
        mask = tuple(parse_field_path(item.field_path) for item in given.select.fields)
    query = Query(
        database, parent_path, collection, descendants, settled, orders, None, None, given.offset, limit, mask
    )
    if reader.cut:
        query.exact = [_settle(terms) for terms in _disjuncts(_Reader(database, exact=True), given.where)]
    query.start = _cursor(query, given, "start_at")
    query.end = _cursor(query, given, "end_at")
    filtered = {path for each in settled for path in (*each.equal, *each.ranges, *dict(each.contains))}
    if collection is None and (filtered - {DOCUMENT_ID} or len(orders) > 1):
        raise invalid("A query over all collections can only be filtered and ordered by __name__.")
    return query


def _selector(given: Any) -> tuple[str | None, bool]:
    if not given.from_:
        return None, True
    selector = given.from_[0]
    if selector.collection_id:
        check_id(selector.collection_id, "Collection id")
    elif not selector.all_descendants:
        raise invalid("A query without a collection id must set all_descendants.")
    return selector.collection_id or None, bool(selector.all_descendants)


def _settle(terms: list[Term]) -> Disjunct:
    disjunct = Disjunct()
    for term in terms:
        disjunct.add(term)
    if len({path for path, _ in disjunct.contains}) != len(disjunct.contains) or len(disjunct.contains) > 1:
        raise invalid("A maximum of 1 'ARRAY_CONTAINS' filter is allowed per disjunction.")
    disjunct.settle()
    return disjunct


def _inequalities(terms: list[Term]) -> set[FieldPath]:
    return {term.path for term in terms if term.kind == "range"}


class _Reader:
    """Turns filter messages into terms: as the indexes know values, or with `exact` as they are.

    As the indexes know them, a term is never narrower than the filter; `cut` tells that one may be wider.
    """

    def __init__(self, database: Database, *, exact: bool = False) -> None:
        self._database = database
        self._limit = None if exact else MAX_INDEXED_BYTES
        self.cut = False

    def _is_cut(self, value: Any) -> bool:
        return self._limit is not None and is_cut(value)

    def value(self, path: FieldPath, value: Any) -> bytes:
        if path == DOCUMENT_ID:
            if value.WhichOneof("value_type") != "reference_value":
                raise invalid("__key__ filter value must be a Key: a filter on __name__ takes a document reference.")
            if parse_document(value.reference_value)[0] != self._database:
                raise invalid("A filter on __name__ names a document of another database.")
        check_value(path, value)
        self.cut = self.cut or self._is_cut(value)
        return encode(value, self._limit)

    def field_terms(self, given: Any) -> list[list[Term]]:
        """The alternatives a field filter stands for."""
        path = parse_field_path(given.field.field_path)
        op = given.op
        shown = format_field_path(path)
        if op in {_FIELD_OPS.IN, _FIELD_OPS.NOT_IN, _FIELD_OPS.ARRAY_CONTAINS_ANY}:
            return self._list_terms(path, op, given.value, shown)
        value = self.value(path, given.value)
        if op == _FIELD_OPS.EQUAL:
            return [[Term(path, "equal", value)]]
        if op == _FIELD_OPS.ARRAY_CONTAINS:
            if path == DOCUMENT_ID:
                raise invalid("__name__ is not an array.")
            return [[Term(path, "contains", value)]]
        if op == _FIELD_OPS.NOT_EQUAL:
            return [[Term(path, "range", intervals=_without([] if self._is_cut(given.value) else [value]))]]
        first, beyond = type_bounds(value)
        wide = self._is_cut(given.value)
        ranges = {
            _FIELD_OPS.LESS_THAN: (first, after(value) if wide else value),
            _FIELD_OPS.LESS_THAN_OR_EQUAL: (first, after(value)),
            _FIELD_OPS.GREATER_THAN: (value if wide else after(value), beyond),
            _FIELD_OPS.GREATER_THAN_OR_EQUAL: (value, beyond),
        }
        if op not in ranges:
            raise invalid(f'The filter on "{shown}" has no operator.')
        low, high = ranges[op]
        return [[Term(path, "range", intervals=((low, high),) if low < high else ())]]

    def _list_terms(self, path: FieldPath, op: int, value: Any, shown: str) -> list[list[Term]]:
        name = _FIELD_OPS.Name(op)
        if value.WhichOneof("value_type") != "array_value" or not value.array_value.values:
            raise invalid(f"'{name}' requires a non-empty array: the filter on \"{shown}\" has none.")
        elements = value.array_value.values
        values = list(dict.fromkeys(self.value(path, element) for element in elements))
        if op == _FIELD_OPS.NOT_IN:
            if len(value.array_value.values) > MAX_NOT_IN:
                raise invalid(f"'NOT_IN' supports up to {MAX_NOT_IN} comparison values.")
            if any(each[0] == NULL for each in values):
                return [[Term(path, "range", intervals=())]]
            known = [self.value(path, element) for element in elements if not self._is_cut(element)]
            return [[Term(path, "range", intervals=_without(known))]]
        if len(values) > MAX_DISJUNCTIONS:
            raise invalid(f"'{name}' supports up to {MAX_DISJUNCTIONS} comparison values.")
        kind = "equal" if op == _FIELD_OPS.IN else "contains"
        if kind == "contains" and path == DOCUMENT_ID:
            raise invalid("__name__ is not an array.")
        return [[Term(path, kind, each)] for each in values]

    def unary_term(self, given: Any) -> Term:
        path = parse_field_path(given.field.field_path)
        if path == DOCUMENT_ID:
            raise invalid("__name__ is never null or NaN.")
        if given.op == _UNARY_OPS.IS_NULL:
            return Term(path, "equal", bytes((NULL,)))
        if given.op == _UNARY_OPS.IS_NAN:
            return Term(path, "equal", _NAN)
        if given.op == _UNARY_OPS.IS_NOT_NULL:
            return Term(path, "range", intervals=((_BEYOND_NULL, HIGHEST),))
        if given.op == _UNARY_OPS.IS_NOT_NAN:
            return Term(path, "range", intervals=_without([_NAN]))
        raise invalid(f'The filter on "{format_field_path(path)}" has no operator.')


def _without(values: list[bytes]) -> tuple[Interval, ...]:
    """Everything but null and `values`: what != and not-in accept."""
    intervals: list[Interval] = []
    low = _BEYOND_NULL
    for value in sorted(values):
        if value >= low:
            if low < value:
                intervals.append((low, value))
            low = after(value)
    intervals.append((low, HIGHEST))
    return tuple(intervals)


def _disjuncts(reader: _Reader, given: Any) -> list[list[Term]]:
    kind = given.WhichOneof("filter_type")
    if kind == "field_filter":
        return reader.field_terms(given.field_filter)
    if kind == "unary_filter":
        return [[reader.unary_term(given.unary_filter)]]
    if kind != "composite_filter" or not given.composite_filter.filters:
        raise invalid("A filter is empty.")
    parts = [_disjuncts(reader, each) for each in given.composite_filter.filters]
    if given.composite_filter.op == StructuredQuery.CompositeFilter.Operator.OR:
        return [terms for part in parts for terms in part]
    if given.composite_filter.op != StructuredQuery.CompositeFilter.Operator.AND:
        raise invalid("A composite filter must be AND or OR.")
    combined: list[list[Term]] = [[]]
    for part in parts:
        if len(combined) * len(part) > MAX_DISJUNCTIONS:
            raise invalid(
                f"The query has more than {MAX_DISJUNCTIONS} disjunctions in disjunctive normal form; at most "
                f"{MAX_DISJUNCTIONS} are allowed."
            )
        combined = [left + right for left in combined for right in part]
    return combined


def _orders(given: Any, inequalities: set[FieldPath]) -> tuple[Order, ...]:
    """The explicit orders, then fields with an inequality by name, then __name__ (proto: `order_by`)."""
    orders: list[Order] = []
    seen: set[FieldPath] = set()
    for item in given.order_by:
        path = parse_field_path(item.field.field_path)
        if path in seen:
            raise invalid(f'The query orders by "{format_field_path(path)}" twice.')
        seen.add(path)
        orders.append(Order(path, item.direction == _DESCENDING))
        if path == DOCUMENT_ID:
            break
    descending = orders[-1].descending if orders else False
    if DOCUMENT_ID not in seen:
        implicit = sorted(inequalities - seen - {DOCUMENT_ID}, key=format_field_path)
        orders += [Order(path, descending) for path in implicit]
        orders.append(Order(DOCUMENT_ID, descending))
    return tuple(orders)


def _cursor(query: Query, given: Any, name: str) -> Cursor | None:
    if not given.HasField(name):
        return None
    cursor = getattr(given, name)
    if not cursor.values:
        return None
    if len(cursor.values) > len(query.orders):
        raise invalid(f"{name} has {len(cursor.values)} values, more than the query has orders.")
    values: list[bytes] = []
    for order, value in zip(query.orders, cursor.values, strict=False):
        if order.path == DOCUMENT_ID and value.WhichOneof("value_type") != "reference_value":
            raise invalid(f"{name}: the value for __name__ must be a document reference.")
        check_value(order.path, value)
        values.append(encode(value))
    return Cursor(tuple(values), bool(cursor.before))
