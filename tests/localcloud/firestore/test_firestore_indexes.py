"""Index definitions, refusals, builds at start, TTL, and work that follows the result."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import connect
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore import FieldFilter, Or

from localcloud.firestore import IndexFileError, Server, serve
from localcloud.firestore.counters import Cost

F = FieldFilter


def ids(query: Any) -> list[str]:
    return [found.id for found in query.stream()]


def write_indexes(file: Path, *indexes: dict[str, Any], overrides: tuple[dict[str, Any], ...] = ()) -> Path:
    file.write_text(json.dumps({"indexes": list(indexes), "fieldOverrides": list(overrides)}))
    return file


def refused(query: Any) -> dict[str, Any]:
    """The definition a refused query asks for."""
    with pytest.raises(exceptions.FailedPrecondition, match="The query requires an index") as refusal:
        ids(query)
    found = re.search(r"\{.*\}", refusal.value.message)
    assert found is not None
    definition: dict[str, Any] = json.loads(found[0])
    return definition


def queries_that_need(collection: Any) -> list[Any]:
    return [
        collection.where(filter=F("a", "==", 1)).order_by("b"),
        collection.where(filter=F("a", "==", 1)).where(filter=F("b", ">", 1)),
        collection.order_by("a").order_by("b", direction="DESCENDING"),
        collection.where(filter=F("tags", "array_contains", 1)).order_by("b"),
        collection.order_by("a").order_by("__name__", direction="DESCENDING"),
        collection.where(filter=F("a", ">", 0)).where(filter=F("b", ">", 0)),
        collection.where(filter=F("a", "in", [1, 2])).order_by("b", direction="DESCENDING"),
    ]


@pytest.mark.parametrize("number", range(7))
def test_the_definition_in_a_refusal_is_what_makes_the_query_work(
    client: firestore.Client, tmp_path: Path, number: int
) -> None:
    definition = refused(queries_that_need(client.collection("c"))[number])
    file = write_indexes(tmp_path / "i.json", definition)
    server = serve(tmp_path / "data", indexes=file)
    try:
        collection = connect(server.port).collection("c")
        for name, a, b in (("x", 1, 3), ("y", 1, 2), ("z", 2, 9)):
            collection.document(name).set({"a": a, "b": b, "tags": [a]})
        expected = [["y", "x"], ["y", "x"], ["x", "y", "z"], ["y", "x"], ["y", "x", "z"], ["y", "x", "z"], list("zxy")]
        assert ids(queries_that_need(collection)[number]) == expected[number]
    finally:
        server.stop()


def test_a_collection_group_filter_needs_its_own_index(client: firestore.Client) -> None:
    definition = refused(client.collection_group("c").where(filter=F("a", "==", 1)))
    assert {"order": "ASCENDING", "queryScope": "COLLECTION_GROUP"} in definition["indexes"]
    assert definition["fieldPath"] == "a"


def test_an_exempted_field_is_not_indexed(client: firestore.Client) -> None:
    client.document("items/x").set({"secret": 1})
    assert refused(client.collection("items").where(filter=F("secret", "==", 1)))["fieldPath"] == "secret"


def test_indexes_are_built_and_dropped_at_start(tmp_path: Path) -> None:
    file = tmp_path / "i.json"
    first = {
        "collectionGroup": "c",
        "queryScope": "COLLECTION",
        "fields": [{"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "b", "order": "DESCENDING"}],
    }
    server = serve(tmp_path / "data")
    collection = connect(server.port).collection("c")
    for number in range(5):
        collection.document(str(number)).set({"a": 1, "b": number})
    query = collection.where(filter=F("a", "==", 1)).order_by("b", direction="DESCENDING")
    refused(query)
    server.stop()

    for overrides in ((), ({"collectionGroup": "c", "fieldPath": "b", "indexes": []},), ()):
        server = serve(tmp_path / "data", indexes=write_indexes(file, first, overrides=overrides))
        collection = connect(server.port).collection("c")
        query = collection.where(filter=F("a", "==", 1)).order_by("b", direction="DESCENDING")
        assert ids(query) == ["4", "3", "2", "1", "0"]
        if overrides:
            refused(collection.order_by("b"))
        else:
            assert ids(collection.order_by("b")) == ["0", "1", "2", "3", "4"]
        server.stop()

    server = serve(tmp_path / "data")
    collection = connect(server.port).collection("c")
    refused(collection.where(filter=F("a", "==", 1)).order_by("b", direction="DESCENDING"))
    assert ids(collection.where(filter=F("a", "==", 1)).where(filter=F("b", "==", 2))) == ["2"]
    server.stop()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "cannot be read as JSON"),
        ('{"indexes": 1}', "must be a list"),
        ('{"indexes": [{"fields": []}]}', r'indexes\[0\]: "collectionGroup" is missing'),
        ('{"indexes": [{"collectionGroup": "c", "fields": [{"fieldPath": "a"}]}]}', r"indexes\[0\].fields\[0\]"),
        ('{"indexes": [{"collectionGroup": "c", "fields": [{"fieldPath": "a..b", "order": "ASCENDING"}]}]}', "a..b"),
    ],
)
def test_a_broken_index_file_is_a_sentence(tmp_path: Path, content: str, complaint: str) -> None:
    (tmp_path / "i.json").write_text(content)
    with pytest.raises(IndexFileError, match=complaint):
        serve(None, indexes=tmp_path / "i.json")


def costs(server: Server, collection: Any) -> list[tuple[int, int]]:
    """(index entries, documents) read by a set of queries of ten results each."""
    queries = [
        collection.limit(10),
        collection.order_by("n").limit(10),
        collection.order_by("n", direction="DESCENDING").limit(10),
        collection.where(filter=F("n", ">", 500)).limit(10),
        collection.where(filter=F("color", "==", "red")).limit(10),
        collection.where(filter=F("color", "==", "red")).order_by("n", direction="DESCENDING").limit(10),
        collection.where(filter=F("n", "in", [5, 6, 7, 8, 9, 10, 11, 12, 13, 14])).limit(10),
        collection.where(filter=F("few", "==", True)).limit(10),
        collection.where(filter=F("few", "==", True)).where(filter=F("color", "==", "red")).limit(10),
        collection.where(filter=Or([F("n", "==", 1), F("color", "==", "red")])).limit(10),
        collection.order_by("n").start_after({"n": 700}).limit(10),
    ]
    found: list[tuple[int, int]] = []
    for query in queries:
        assert len(list(query.stream())) == 10
        cost = server.counters.latest("RunQuery")
        found.append((cost.index_entries, cost.documents))
    assert collection.where(filter=F("color", "==", "red")).limit(10).count().get()[0][0].value == 10
    cost = server.counters.latest("RunAggregationQuery")
    found.append((cost.index_entries, cost.documents))
    assert [each.id for each in collection.document("0000000").collections()] == ["below"]
    cost = server.counters.latest("ListCollectionIds")
    found.append((cost.index_entries, cost.documents))
    return found


def fill(server: Server, client: firestore.Client, low: int, high: int) -> None:
    from localcloud.firestore.messages import Document
    from localcloud.firestore.names import parse_database
    from localcloud.firestore.writer import Job
    from localcloud.firestore.writes import WriteOp

    # Straight into the writer: through the client this test would take minutes.
    database = parse_database(client._database_string)
    for start in range(low, high, 1000):
        ops: list[WriteOp] = []
        for number in range(start, min(start + 1000, high)):
            document = Document()
            document.fields["n"].integer_value = number
            document.fields["color"].string_value = "red" if number % 2 else "green"
            if number < 40:
                document.fields["few"].boolean_value = True
            path = ("items", f"{number:07}")
            ops.append(WriteOp(f"{database.root}/{'/'.join(path)}", path, document))
        server.engine.state.writer.commit(Job(database, ops))


@pytest.mark.parametrize("many", [10_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_work_follows_the_result_not_the_collection(index_file: Path, many: int) -> None:
    server = serve(None, indexes=index_file)
    try:
        client = connect(server.port)
        client.document("items/0000000/below/x").set({})
        fill(server, client, 0, 1_000)
        small = costs(server, client.collection("items"))
        fill(server, client, 1_000, many)
        large = costs(server, client.collection("items"))
    finally:
        server.stop()
    assert large == small
    assert small[0] == (0, 10)
    assert small[1] == (10, 10)
    assert max(entries for entries, _ in small) <= 100


def test_cost_is_told_in_trailing_metadata(server: Server, client: firestore.Client) -> None:
    import grpc

    from localcloud.firestore.messages import message

    for number in range(3):
        client.document(f"c/{number}").set({"n": number})
    request = message("RunQueryRequest")(parent=f"{client._database_string}/documents")
    request.structured_query.from_.add().collection_id = "c"
    request.structured_query.order_by.add().field.field_path = "n"
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        call = channel.unary_stream("/google.firestore.v1.Firestore/RunQuery")(request.SerializeToString())
        assert len(list(call)) == 3
        told = dict(call.trailing_metadata())
    assert told["x-firestore-index-entries-read"] == "3"
    assert told["x-firestore-documents-read"] == "3"
    assert server.counters.total("RunQuery").calls >= 1
    assert server.counters.latest("Nothing") == Cost()


def test_expired_documents_are_swept(server: Server, client: firestore.Client) -> None:
    now = dt.datetime.now(dt.UTC)
    sessions = client.collection("sessions")
    sessions.document("old").set({"expiresAt": now - dt.timedelta(seconds=5)})
    sessions.document("new").set({"expiresAt": now + dt.timedelta(hours=1)})
    sessions.document("never").set({"expiresAt": 5})
    client.document("other/old").set({"expiresAt": now - dt.timedelta(seconds=5)})
    server.engine.keep_up()
    assert ids(sessions) == ["never", "new"]
    assert ids(client.collection("other")) == ["old"]
