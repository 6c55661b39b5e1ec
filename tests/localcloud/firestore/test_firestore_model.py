"""Random writes and queries, compared with a naive in-memory model that shares no code with the engine."""

import datetime as dt
import itertools
import json
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import connect
from google.cloud import firestore
from google.cloud.firestore import And, FieldFilter, Or
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.firestore import Server, serve

FIELDS = ("a", "b", "m.x")
_databases = itertools.count()


def naive_key(value: Any) -> tuple[Any, ...]:
    """Sorts values as Firestore does."""
    if value is None:
        return (0,)
    if isinstance(value, bool):
        return (1, value)
    if isinstance(value, int | float):
        if math.isnan(value):
            return (2, 0)
        if math.isinf(value):
            return (2, 1 if value < 0 else 3)
        return (2, 2, Fraction(value))
    if isinstance(value, dt.datetime):
        return (3, value)
    if isinstance(value, str):
        return (4, value.encode())
    if isinstance(value, bytes):
        return (5, value)
    if isinstance(value, firestore.GeoPoint):
        return (7, value.latitude, value.longitude)
    if isinstance(value, list):
        return (8, *map(naive_key, value))
    return (10, *((name.encode(), naive_key(value[name])) for name in sorted(value, key=str.encode)))


def field(document: dict[str, Any], path: str) -> Any:
    """The value at a path, or `KeyError`."""
    value: Any = document
    for name in path.split("."):
        if not isinstance(value, dict):
            raise KeyError(path)
        value = value[name]
    return value


def holds(document: dict[str, Any], condition: Any) -> bool:
    if isinstance(condition, list):
        return all(holds(document, each) for each in condition)
    if condition[0] == "or":
        return any(holds(document, each) for each in condition[1])
    path, op, wanted = condition
    try:
        value = field(document, path)
    except KeyError:
        return False
    key = naive_key(value)
    if op == "array_contains":
        return isinstance(value, list) and naive_key(wanted) in map(naive_key, value)
    if op == "array_contains_any":
        return isinstance(value, list) and any(naive_key(each) in map(naive_key, value) for each in wanted)
    if op == "in":
        return key in map(naive_key, wanted)
    if op == "not-in":
        return value is not None and key not in map(naive_key, wanted) and None not in wanted
    other = naive_key(wanted)
    if op == "==":
        return key == other
    if op == "!=":
        return value is not None and key != other
    if key[0] != other[0]:
        return False
    return {"<": key < other, "<=": key <= other, ">": key > other, ">=": key >= other}[op]


def inequality_paths(condition: Any) -> set[str]:
    if isinstance(condition, list):
        return set().union(*map(inequality_paths, condition)) if condition else set()
    if condition[0] == "or":
        return inequality_paths(condition[1])
    return {condition[0]} if condition[1] in {"<", "<=", ">", ">=", "!=", "not-in"} else set()


def full_orders(conditions: list[Any], orders: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Explicit orders, and those Firestore adds, without the name."""
    down = orders[-1][1] if orders else False
    named = {path for path, _ in orders}
    return [*orders, *((path, down) for path in sorted(inequality_paths(conditions) - named))]


class Reversed:
    """Turns a comparison around."""

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: "Reversed") -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reversed) and self.key == other.key

    __hash__ = None  # type: ignore[assignment]


def expected(documents: dict[str, dict[str, Any]], query: dict[str, Any]) -> list[str]:
    orders = full_orders(query["where"], query["orders"])
    down = orders[-1][1] if orders else False
    rows: list[tuple[list[Any], str]] = []
    for name, document in documents.items():
        if not holds(document, query["where"]):
            continue
        try:
            key = [(naive_key(field(document, path)), descending) for path, descending in orders]
        except KeyError:
            continue
        parts = [Reversed(part) if descending else part for part, descending in key]
        rows.append(([*parts, Reversed(name.encode()) if down else name.encode()], name))
    rows.sort(key=lambda row: row[0])
    cursor = query["start"]
    if cursor is not None and query["orders"]:
        inclusive, value = cursor
        edge = Reversed(naive_key(value)) if orders[0][1] else naive_key(value)
        rows = [row for row in rows if edge < row[0][0] or (inclusive and edge == row[0][0])]
    names = [name for _, name in rows][query["offset"] :]
    return names if query["limit"] is None else names[: query["limit"]]


def as_filter(condition: Any) -> Any:
    if isinstance(condition, list):
        return And([as_filter(each) for each in condition])
    if condition[0] == "or":
        return Or([as_filter(each) for each in condition[1]])
    return FieldFilter(*condition)


def real(collection: Any, query: dict[str, Any]) -> Any:
    built = collection
    for condition in query["where"]:
        built = built.where(filter=as_filter(condition))
    for path, descending in query["orders"]:
        built = built.order_by(path, direction="DESCENDING" if descending else "ASCENDING")
    if query["start"] is not None and query["orders"]:
        inclusive, value = query["start"]
        cursor = {query["orders"][0][0]: value}
        built = built.start_at(cursor) if inclusive else built.start_after(cursor)
    if query["offset"]:
        built = built.offset(query["offset"])
    return built if query["limit"] is None else built.limit(query["limit"])


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An engine with every composite index over the model's fields."""
    indexes: list[dict[str, Any]] = []
    opposite = {"ASCENDING": "DESCENDING", "DESCENDING": "ASCENDING"}
    for arrays in ((), ({"fieldPath": "t", "arrayConfig": "CONTAINS"},)):
        for size in range(1, len(FIELDS) + 1):
            for paths in itertools.permutations(FIELDS, size):
                for modes in itertools.product(("ASCENDING", "DESCENDING"), repeat=size):
                    ordered = [{"fieldPath": path, "order": mode} for path, mode in zip(paths, modes, strict=True)]
                    last = {"fieldPath": "__name__", "order": modes[-1]}
                    other = {"fieldPath": "__name__", "order": opposite[modes[-1]]}
                    if arrays or size > 1:
                        indexes.append({"collectionGroup": "c", "fields": [*arrays, *ordered, last]})
                    indexes.append({"collectionGroup": "c", "fields": [*arrays, *ordered, other]})
    file = tmp_path_factory.mktemp("model") / "firestore.indexes.json"
    file.write_text(json.dumps({"indexes": indexes}))
    server = serve(None, indexes=Path(file))
    yield server
    server.stop()


NUMBERS = [math.nan, -math.inf, -1, -0.0, 0, 1, 1.0, 1.5, 2**53, 2**53 + 1, float(2**53), math.inf]
TEXTS = ["", "a", "a\0", "a\0b", "b", "é", "\uffff", "😀"]
BYTES = [b"", b"\0", b"\xff", b"\xff\xff"]
OTHERS = [dt.datetime(2020, 1, 1, tzinfo=dt.UTC), firestore.GeoPoint(1, -0.0), firestore.GeoPoint(1, 2)]
scalars = st.sampled_from([None, False, True, *NUMBERS, *TEXTS, *BYTES, *OTHERS])
values = st.one_of(
    scalars,
    st.lists(scalars, max_size=2),
    st.dictionaries(st.sampled_from(["x", "y", "é"]), scalars, max_size=2),
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "a": values,
        "b": values,
        "m": st.fixed_dictionaries({}, optional={"x": values, "y": scalars}),
        "t": st.lists(scalars, max_size=3),
    },
)
names = st.sampled_from(["d1", "d2", "d10", "é", "z", "Z", "d\0", "d", "~", "😀"])
writes = st.one_of(
    st.tuples(st.just("set"), names, documents),
    st.tuples(st.just("delete"), names, st.just({})),
    st.tuples(st.just("merge"), names, documents),
)
paths = st.sampled_from(FIELDS)
comparisons = st.one_of(
    st.tuples(paths, st.sampled_from(["==", "<", "<=", ">", ">=", "!="]), values.filter(lambda value: value != {})),
    st.tuples(paths, st.just("in"), st.lists(scalars, min_size=1, max_size=3)),
    st.tuples(paths, st.just("not-in"), st.lists(scalars, min_size=1, max_size=3)),
)
array_comparisons = st.one_of(
    st.tuples(st.just("t"), st.just("array_contains"), scalars),
    st.tuples(st.just("t"), st.just("array_contains_any"), st.lists(scalars, min_size=1, max_size=3)),
)
conditions = st.one_of(
    comparisons,
    st.tuples(
        st.just("or"),
        st.lists(st.one_of(comparisons, st.lists(comparisons, min_size=2, max_size=2)), min_size=2, max_size=2),
    ),
)


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    where = draw(st.lists(conditions, max_size=2))
    if draw(st.booleans()):
        where = [*where[:1], draw(array_comparisons)]
    orders = draw(st.lists(st.tuples(paths, st.booleans()), max_size=2, unique_by=lambda order: order[0]))
    return {
        "where": where,
        "orders": orders,
        "start": draw(st.none() | st.tuples(st.booleans(), values)),
        "offset": draw(st.sampled_from([0, 0, 1, 3])),
        "limit": draw(st.none() | st.integers(1, 4)),
    }


def disjunctions(condition: Any) -> int:
    if isinstance(condition, list):
        return math.prod(map(disjunctions, condition))
    if condition[0] == "or":
        return sum(map(disjunctions, condition[1]))
    return len(condition[2]) if condition[1] in {"in", "array_contains_any"} else 1


def usable(query: dict[str, Any]) -> bool:
    """At most 30 disjunctions; and null and NaN only compare as equal or not, in the client."""

    def fine(condition: Any) -> bool:
        if isinstance(condition, list):
            return all(map(fine, condition))
        if condition[0] == "or":
            return fine(condition[1])
        value = condition[2]
        plain = value is None or (isinstance(value, float) and math.isnan(value))
        return not plain or condition[1] in {"==", "!="}

    return fine(query["where"]) and disjunctions(query["where"]) <= 30


def merged(base: Any, given_fields: dict[str, Any]) -> dict[str, Any]:
    result = dict(base) if isinstance(base, dict) else {}
    for name, value in given_fields.items():
        result[name] = merged(result.get(name), value) if isinstance(value, dict) and value else value
    return result


def check(engine: Server, steps: list[Any], asked: list[dict[str, Any]]) -> None:
    client = connect(engine.port, f"model-{next(_databases)}")
    collection = client.collection("c")
    model: dict[str, dict[str, Any]] = {}
    past: list[tuple[Any, dict[str, dict[str, Any]]]] = []
    for kind, name, data in steps:
        document = collection.document(name)
        if kind == "delete":
            document.delete()
            model.pop(name, None)
        elif kind == "merge":
            time = document.set(data, merge=True)
            model[name] = merged(model.get(name), data)
            past.append((time.update_time, dict(model)))
        else:
            time = document.set(data)
            model[name] = data
            past.append((time.update_time, dict(model)))
    for query in filter(usable, asked):
        wanted = expected(model, query)
        built = real(collection, query)
        assert [found.id for found in built.stream()] == wanted
        assert built.count().get()[0][0].value == len(wanted)
    if past and asked and usable(asked[0]):
        # The last write to a document may have changed nothing, and then answers with its earlier time.
        at, then = max(past, key=lambda each: each[0])
        newest = [each for each in past if each[0] == at]
        if len(newest) == 1:
            built = real(collection, asked[0])
            assert [found.id for found in built.stream(read_time=at)] == expected(then, asked[0])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=False, database=None)
@given(st.lists(writes, min_size=3, max_size=12), st.lists(queries(), min_size=4, max_size=8))
def test_the_engine_answers_as_the_model(engine: Server, steps: list[Any], asked: list[dict[str, Any]]) -> None:
    check(engine, steps, asked)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(writes, min_size=3, max_size=25), st.lists(queries(), min_size=4, max_size=12))
def test_the_engine_answers_as_the_model_for_long(
    engine: Server, steps: list[Any], asked: list[dict[str, Any]]
) -> None:
    check(engine, steps, asked)
