"""Queries and aggregations through the real client."""

import datetime as dt
import math
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore import And, FieldFilter, Or
from google.cloud.firestore_v1.vector import Vector

from localcloud.firestore import Server

F = FieldFilter


def ids(query: Any) -> list[str]:
    return [found.id for found in query.stream()]


@pytest.fixture
def items(client: firestore.Client) -> firestore.CollectionReference:
    batch = client.batch()
    collection = client.collection("items")
    for number in range(20):
        batch.set(
            collection.document(f"i{number:02}"),
            {
                "n": number,
                "m": number % 4,
                "color": ["red", "green"][number % 2],
                "size": ["s", "m", "l"][number % 3],
                "tags": [f"t{number % 5}", "all"],
                "deep": {"k": number // 10},
                "secret": number,
            },
        )
    batch.set(collection.document("bare"), {"other": None})
    batch.commit()
    return collection


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("==", 3, ["i03"]),
        ("==", 3.0, ["i03"]),
        ("<", 2, ["i00", "i01"]),
        ("<=", 2, ["i00", "i01", "i02"]),
        (">", 17, ["i18", "i19"]),
        (">=", 17.5, ["i18", "i19"]),
        ("in", [19, 0, 0.0, 99], ["i00", "i19"]),
        ("not-in", list(range(2, 12)), ["i00", "i01", "i12", "i13", "i14", "i15", "i16", "i17", "i18", "i19"]),
        (">", "a", []),
    ],
)
def test_operators(items: firestore.CollectionReference, op: str, value: Any, expected: list[str]) -> None:
    assert ids(items.where(filter=F("n", op, value))) == expected


def test_not_equal_leaves_out_null_and_missing(client: firestore.Client) -> None:
    collection = client.collection("c")
    for name, data in {"a": {"v": 1}, "b": {"v": None}, "c": {}, "d": {"v": math.nan}, "e": {"v": "x"}}.items():
        collection.document(name).set(data)
    assert ids(collection.where(filter=F("v", "!=", 1))) == ["d", "e"]
    assert ids(collection.where(filter=F("v", "!=", None))) == ["d", "a", "e"]
    assert ids(collection.where(filter=F("v", "==", None))) == ["b"]
    assert ids(collection.where(filter=F("v", "==", math.nan))) == ["d"]
    assert ids(collection.where(filter=F("v", "!=", math.nan))) == ["a", "e"]


def test_array_filters(items: firestore.CollectionReference) -> None:
    assert ids(items.where(filter=F("tags", "array_contains", "t3"))) == ["i03", "i08", "i13", "i18"]
    found = ids(items.where(filter=F("tags", "array_contains_any", ["t3", "all", "t4"])).limit(3))
    assert found == ["i00", "i01", "i02"]
    both = items.where(filter=F("tags", "array_contains", "t3")).where(filter=F("color", "==", "red"))
    assert ids(both) == ["i08", "i18"]
    ordered = items.where(filter=F("tags", "array_contains", "t3")).order_by("n", direction="DESCENDING")
    assert ids(ordered.limit(2)) == ["i18", "i13"]


def test_equalities_join_single_field_indexes(items: firestore.CollectionReference) -> None:
    query = items.where(filter=F("color", "==", "red")).where(filter=F("size", "==", "s")).where(filter=F("m", "==", 2))
    assert ids(query) == ["i06", "i18"]
    assert ids(query.order_by("__name__", direction="DESCENDING")) == ["i18", "i06"]
    assert ids(query.where(filter=F("deep.k", "==", 1))) == ["i18"]
    assert ids(query.where(filter=F("color", "==", "green"))) == []


def test_two_composite_indexes_with_one_order_join(items: firestore.CollectionReference) -> None:
    query = items.where(filter=F("color", "==", "red")).where(filter=F("size", "==", "s")).order_by("n")
    assert ids(query) == ["i00", "i06", "i12", "i18"]
    assert ids(query.where(filter=F("n", ">", 0)).limit(2)) == ["i06", "i12"]


def test_or_merges_in_order_without_doubles(items: firestore.CollectionReference) -> None:
    query = items.where(filter=Or([F("n", "<", 2), F("n", "in", [1, 19]), And([F("n", ">", 10), F("n", "<", 12)])]))
    assert ids(query) == ["i00", "i01", "i11", "i19"]
    assert ids(query.order_by("n", direction="DESCENDING").limit(2)) == ["i19", "i11"]
    assert ids(query.offset(1).limit(2)) == ["i01", "i11"]


def test_ordering_by_a_field_that_in_fixes(items: firestore.CollectionReference) -> None:
    query = items.where(filter=F("color", "in", ["red", "green"])).order_by("color").order_by("n").limit(3)
    assert ids(query) == ["i01", "i03", "i05"]


def test_inequalities_on_two_fields(items: firestore.CollectionReference) -> None:
    query = items.where(filter=F("n", ">=", 5)).where(filter=F("m", "<", 2)).order_by("n").order_by("m")
    assert ids(query) == ["i05", "i08", "i09", "i12", "i13", "i16", "i17"]
    backwards = items.where(filter=F("m", "<", 2)).order_by("n", direction="DESCENDING").order_by("m")
    assert ids(backwards.limit(3)) == ["i17", "i16", "i13"]


def test_cursors(items: firestore.CollectionReference) -> None:
    query = items.order_by("n")
    assert ids(query.start_at({"n": 18})) == ["i18", "i19"]
    assert ids(query.start_after({"n": 18})) == ["i19"]
    assert ids(query.end_at({"n": 1})) == ["i00", "i01"]
    assert ids(query.end_before({"n": 1})) == ["i00"]
    backwards = items.order_by("n", direction="DESCENDING")
    assert ids(backwards.start_after({"n": 2})) == ["i01", "i00"]
    assert ids(backwards.start_at({"n": 2}).end_before({"n": 0})) == ["i02", "i01"]
    assert [found.id for found in query.limit_to_last(2).get()] == ["i18", "i19"]
    snapshot = items.document("i04").get()
    assert ids(items.where(filter=F("m", "==", 0)).start_after(snapshot)) == ["i08", "i12", "i16"]
    assert ids(items.order_by("n").start_after(snapshot).limit(1)) == ["i05"]
    fixed = items.where(filter=F("color", "==", "red")).order_by("color").order_by("n")
    assert ids(fixed.start_after({"color": "red", "n": 14})) == ["i16", "i18"]
    assert ids(fixed.start_after({"color": "zzz", "n": 0})) == []
    assert ids(fixed.start_after({"color": "blue", "n": 99}).limit(1)) == ["i00"]


def test_paging_by_cursor_reaches_every_document_once(items: firestore.CollectionReference) -> None:
    seen: list[str] = []
    query = items.order_by("m")
    page = list(query.limit(3).stream())
    while page:
        seen += [found.id for found in page]
        page = list(query.start_after(page[-1]).limit(3).stream())
    assert len(seen) == len(set(seen)) == 20


def test_names_as_filters_and_orders(items: firestore.CollectionReference) -> None:
    assert ids(items.where(filter=F("__name__", ">=", items.document("i18")))) == ["i18", "i19"]
    assert ids(items.where(filter=F("__name__", "in", [items.document("i05"), items.document("no")]))) == ["i05"]
    assert ids(items.order_by("__name__", direction="DESCENDING").limit(2)) == ["i19", "i18"]
    query = items.where(filter=F("m", "==", 1)).where(filter=F("__name__", "<", items.document("i09")))
    assert ids(query) == ["i01", "i05"]


def test_projection_keeps_the_rest_out(items: firestore.CollectionReference) -> None:
    [found] = items.where(filter=F("n", "==", 3)).select(["m", "deep.k"]).stream()
    assert found.to_dict() == {"m": 3, "deep": {"k": 0}}
    [bare] = items.where(filter=F("n", "==", 3)).select([]).stream()
    assert (bare.to_dict(), bare.id) == ({}, "i03")


def test_collection_groups(client: firestore.Client) -> None:
    for path, stars, at in (("p/1/reviews/a", 5, 1), ("p/2/reviews/b", 4, 2), ("reviews/c", 5, 3), ("q/1/x/y", 5, 4)):
        client.document(path).set({"stars": stars, "at": at, "words": [f"w{at}"]})
    group = client.collection_group("reviews")
    assert ids(group) == ["a", "b", "c"]
    assert ids(group.where(filter=F("stars", "==", 5))) == ["a", "c"]
    assert ids(group.where(filter=F("stars", ">", 4)).order_by("stars")) == ["a", "c"]
    assert ids(group.where(filter=F("words", "array_contains", "w2"))) == ["b"]
    assert ids(group.where(filter=F("stars", "==", 5)).order_by("at", direction="DESCENDING")) == ["c", "a"]
    after = client.document("p/2/reviews/b")
    assert ids(group.where(filter=F("__name__", ">=", after))) == ["b", "c"]
    assert ids(client.document("p/1").collection("reviews")) == ["a"]


def test_values_sort_across_types(client: firestore.Client) -> None:
    collection = client.collection("c")
    in_order = [
        None,
        False,
        True,
        math.nan,
        -math.inf,
        -1.5,
        -1,
        -0.0,
        5e-324,
        2**53,
        float(2**53 + 2),
        2**63 - 1,
        math.inf,
        dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        "",
        "\0",
        "a",
        "a\0",
        "a\x01",
        "aa",
        "\uffff",
        "😀",
        b"",
        b"\0",
        b"\xff",
        client.document("a/1"),
        client.document("a/1/b/1"),
        client.document("a/2"),
        firestore.GeoPoint(-90, 10),
        firestore.GeoPoint(0, 0),
        [],
        [None],
        [1],
        [1, 1],
        [2],
        Vector([9.0]),
        Vector([1.0, 1.0]),
        {},
        {"a": 1},
        {"a": 1, "b": 0},
        {"a": 2},
        {"b": 0},
    ]
    batch = client.batch()
    for number, value in enumerate(in_order):
        batch.set(collection.document(f"{number * 7919 % 1009:04}"), {"v": value, "rank": number})
    batch.commit()
    ranks = [found.get("rank") for found in collection.order_by("v").stream()]
    assert ranks == list(range(len(in_order)))
    backwards = [found.get("rank") for found in collection.order_by("v", direction="DESCENDING").stream()]
    assert backwards == ranks[::-1]


def test_numeric_ids_sort_before_text(client: firestore.Client) -> None:
    for name in ("__id10__", "__id9__", "a", "B", "é"):
        client._firestore_api.commit(
            request={
                "database": client._database_string,
                "writes": [{"update": {"name": f"{client._database_string}/documents/c/{name}"}}],
            }
        )
    assert ids(client.collection("c")) == ["__id9__", "__id10__", "B", "a", "é"]


def test_aggregations(items: firestore.CollectionReference) -> None:
    def result(query: Any) -> dict[str, Any]:
        return {each.alias: each.value for page in query.get() for each in page}

    assert result(items.where(filter=F("color", "==", "red")).count("reds")) == {"reds": 10}
    assert result(items.count("all")) == {"all": 21}
    assert result(items.limit(5).count("some")) == {"some": 5}
    assert result(items.sum("n", "total").avg("m", "mean")) == {"total": 190, "mean": 1.5}
    assert result(items.where(filter=F("n", ">", 100)).sum("n", "zero")) == {"zero": 0}
    assert result(items.where(filter=F("color", "==", "red")).sum("n", "reds")) == {"reds": 90}
    assert result(items.limit(3).sum("n", "least")) == {"least": 3}
    with pytest.raises(exceptions.FailedPrecondition, match=r'"fieldPath": "color".*"fieldPath": "m"'):
        items.where(filter=F("color", "==", "red")).avg("m").get()
    many = items.where(filter=Or([F("n", "<", 3), F("m", "==", 0)]))
    with pytest.raises(exceptions.FailedPrecondition, match="requires an index"):
        many.count().get()


def test_queries_that_make_no_sense_are_refused(items: firestore.CollectionReference) -> None:
    wrong = [
        items.where(filter=F("n", "in", list(range(31)))),
        items.where(filter=F("n", "in", [1, 2, 3, 4, 5, 6])).where(filter=F("m", "in", [1, 2, 3, 4, 5, 6])),
        items.where(filter=F("n", "not-in", list(range(11)))),
        items.where(filter=F("tags", "array_contains", 1)).where(filter=F("tags", "array_contains", 2)),
        items.where(filter=F("n", "in", [])),
    ]
    for query in wrong:
        with pytest.raises(exceptions.InvalidArgument):
            ids(query)


def test_changed_and_deleted_documents_leave_the_indexes(items: firestore.CollectionReference) -> None:
    items.document("i03").update({"n": 300, "tags": ["new"]})
    items.document("i04").delete()
    assert ids(items.where(filter=F("n", "<", 6))) == ["i00", "i01", "i02", "i05"]
    assert ids(items.where(filter=F("n", "==", 300))) == ["i03"]
    assert ids(items.where(filter=F("tags", "array_contains", "t3"))) == ["i08", "i13", "i18"]
    assert ids(items.where(filter=F("tags", "array_contains", "new"))) == ["i03"]
    assert "i04" not in ids(items)


def test_long_values_are_compared_whole(client: firestore.Client) -> None:
    """Indexes hold the first 1,500 bytes of a string or bytes; a filter finds no more than it names."""
    collection = client.collection("c")
    start = "é" * 750
    for name, text in {"cut": start, "one": start + "1", "two": start + "2", "short": "é"}.items():
        collection.document(name).set({"text": text, "raw": text.encode(), "list": [text], "map": {"k": text}, "n": 1})
    for name, text in {"cut": start, "one": start + "1", "two": start + "2"}.items():
        assert ids(collection.where(filter=F("text", "==", text))) == [name]
        assert ids(collection.where(filter=F("raw", "==", text.encode()))) == [name]
        assert ids(collection.where(filter=F("list", "array_contains", text))) == [name]
        assert ids(collection.where(filter=F("map", "==", {"k": text}))) == [name]
        assert ids(collection.where(filter=F("n", "==", 1)).where(filter=F("text", "==", text))) == [name]
        assert collection.where(filter=F("text", "==", text)).count().get()[0][0].value == 1
    assert ids(collection.where(filter=F("text", "in", [start + "2", "é"]))) == ["short", "two"]
    assert set(ids(collection.where(filter=F("text", "!=", start + "1")))) == {"cut", "two", "short"}
    assert set(ids(collection.where(filter=F("text", "not-in", [start + "1", "é"])))) == {"cut", "two"}
    assert set(ids(collection.where(filter=F("text", ">", start + "1")))) == {"two"}
    assert set(ids(collection.where(filter=F("text", ">=", start + "1")))) == {"one", "two"}
    assert set(ids(collection.where(filter=F("text", "<", start + "2")))) == {"cut", "one", "short"}
    assert ids(collection.where(filter=F("text", ">", start)).limit(2).offset(1)) == ["two"]
    assert ids(collection.where(filter=F("text", "==", start + "3"))) == []


def partitions(client: firestore.Client, group: str, count: int) -> list[list[str]]:
    asked = client.collection_group(group).get_partitions(count)
    return [[found.reference.path for found in part.query().stream()] for part in asked]


def test_partitions_share_a_collection_group(server: Server, client: firestore.Client) -> None:
    paths = [f"{'' if number % 3 else f'p/{number % 5}/'}parts/{number:04}" for number in range(700)]
    for start in range(0, 700, 350):
        batch = client.batch()
        for path in paths[start : start + 350]:
            batch.set(client.document(path), {})
        batch.commit()
    for count, expected in ((1, 2), (3, 4), (5, 6), (40, 6)):
        parts = partitions(client, "parts", count)
        assert len(parts) == expected
        assert [path for part in parts for path in part] == sorted(paths)
        assert min(map(len, parts[:-1])) >= 128
    assert server.counters.latest("PartitionQuery").documents == 0
    assert partitions(client, "nothing", 3) == [[]]


def test_partitions_come_in_pages(client: firestore.Client) -> None:
    for start in range(0, 600, 300):
        batch = client.batch()
        for number in range(start, start + 300):
            batch.set(client.document(f"parts/{number:04}"), {})
        batch.commit()

    def page(**more: Any) -> Any:
        query = {
            "from_": [{"collection_id": "parts", "all_descendants": True}],
            "order_by": [{"field": {"field_path": "__name__"}, "direction": "ASCENDING"}],
        } | more.pop("query", {})
        parent = f"{client._database_string}/documents"
        request = {"parent": parent, "structured_query": query, "partition_count": 4, "page_size": 3} | more
        return client._firestore_api.partition_query(request=request)

    points = [cursor.values[0].reference_value.rsplit("/", 1)[1] for cursor in page()]
    assert points == ["0128", "0256", "0384", "0512"]
    for wrong in (
        {"partition_count": 0},
        {"page_size": -1},
        {"page_token": "€"},
        {"query": {"limit": {"value": 5}}},
        {"query": {"order_by": []}},
        {"query": {"from_": [{"collection_id": "parts"}]}},
    ):
        with pytest.raises(exceptions.InvalidArgument, match=r"partition|page|name"):
            list(page(**wrong))


def test_the_last_of_a_query(items: firestore.CollectionReference) -> None:
    assert [found.id for found in items.order_by("n").limit_to_last(2).get()] == ["i18", "i19"]
    filtered = items.where(filter=F("n", "<", 5)).order_by("n", direction="DESCENDING").limit_to_last(2)
    assert [found.id for found in filtered.get()] == ["i01", "i00"]


def test_documents_as_cursors(items: firestore.CollectionReference) -> None:
    third = items.document("i03").get()
    assert ids(items.order_by("m").start_after(third).limit(2)) == ["i07", "i11"]
    assert ids(items.order_by("m", direction="DESCENDING").start_at(third).limit(2)) == ["i03", "i18"]
    assert ids(items.order_by("n").end_at(third)) == ["i00", "i01", "i02", "i03"]
    assert ids(items.where(filter=F("n", ">", 1)).end_before(third)) == ["i02"]
    assert ids(items.start_at(items.document("i19").get())) == ["i19"]


def test_a_query_in_a_read_only_transaction_of_the_past(client: firestore.Client) -> None:
    first = client.document("c/a").set({"n": 1}).update_time
    client.document("c/b").set({"n": 1})
    client.document("c/a").update({"n": 2})
    transaction = client.transaction(read_only=True)
    options = {"read_only": {"read_time": first}}
    request = {"database": client._database_string, "options": options}
    transaction._id = client._firestore_api.begin_transaction(request=request).transaction
    query = client.collection("c").where(filter=F("n", "==", 1))
    assert [found.id for found in query.stream(transaction=transaction)] == ["a"]
    assert query.count().get(transaction=transaction)[0][0].value == 1
    transaction._commit()
    assert ids(query) == ["b"]
