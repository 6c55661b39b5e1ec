"""Limits and bad input: the service's status, a message that names what is wrong, and a server that goes on."""

import math
import queue
import socket
import threading
from typing import Any

import grpc
import pytest
from google.api_core import exceptions
from google.cloud import firestore

from localcloud.firestore import Server
from localcloud.firestore.messages import Write, message


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"x": value}
    return value


def test_document_size(client: firestore.Client) -> None:
    document = client.document("c/d")
    # name "c/d": 2 + 2 + 16, field "a": 2, string: its bytes + 1, document: 32
    overhead = 20 + 2 + 1 + 32
    fits = "x" * (1_000_000)
    document.set({"a": fits, "b": "y" * (1_048_576 - overhead - 2 - 1 - len(fits))})
    with pytest.raises(exceptions.InvalidArgument, match=r"exceeds the maximum allowed size of 1,048,576 bytes"):
        document.update({"c": None})
    with pytest.raises(exceptions.InvalidArgument, match='"a" is longer than'):
        document.set({"a": "x" * 1_048_500})


def test_depth(client: firestore.Client) -> None:
    document = client.document("c/d")
    document.set({"a": nested(20)})
    with pytest.raises(exceptions.InvalidArgument, match="deeper than the 20 levels"):
        document.set({"a": nested(21)})
    with pytest.raises(exceptions.InvalidArgument, match="deeper than the 20 levels"):
        document.update({"a." + ".".join("x" * 20): {"y": 1}})


@pytest.mark.parametrize("name", [".", "..", "__reserved__", "x" * 1501])
def test_document_ids(client: firestore.Client, name: str) -> None:
    with pytest.raises(exceptions.InvalidArgument, match="Resource id"):
        client.document("c", name).set({})
    with pytest.raises(exceptions.InvalidArgument, match="Collection id"):
        client.document(name, "d").get()


def test_long_ids_and_awkward_ones_are_fine(client: firestore.Client) -> None:
    for name in ("x" * 1500, "a b", "ü😀", "a\0b", "__x", "x__", "...", "`"):
        client.document("c", name).set({"name": name})
        assert client.document("c", name).get().get("name") == name
    assert len(list(client.collection("c").stream())) == 8


@pytest.mark.parametrize("name", ["__no__", "x" * 1501])
def test_field_names(client: firestore.Client, name: str) -> None:
    with pytest.raises(exceptions.InvalidArgument, match=name[:20]):
        client.document("c/d").set({"map": {name: 1}})
    with pytest.raises(exceptions.InvalidArgument, match=name[:20]):
        client.document("c/d").set({name: 1})


def test_values_no_document_can_hold(client: firestore.Client) -> None:
    document = client.document("c/d")
    with pytest.raises(exceptions.InvalidArgument, match='"grid"'):
        document.set({"grid": [[1]]})
    with pytest.raises(exceptions.InvalidArgument, match='"place"'):
        document.set({"place": firestore.GeoPoint(91, 0)})
    with pytest.raises(exceptions.InvalidArgument, match='"place"'):
        document.set({"place": firestore.GeoPoint(0, math.nan)})
    with pytest.raises(exceptions.InvalidArgument, match='"vector"'):
        document.set({"vector": {"__type__": "__vector__", "value": ["x"]}})


def test_transforms_per_document(client: firestore.Client) -> None:
    document = client.document("c/d")
    document.set({f"f{number}": firestore.Increment(1) for number in range(500)})
    with pytest.raises(exceptions.InvalidArgument, match="more than 500 field transforms"):
        document.set({f"f{number}": firestore.Increment(1) for number in range(501)})


def test_request_size(client: firestore.Client) -> None:
    batch = client.batch()
    for number in range(11):
        batch.set(client.document(f"c/{number}"), {"a": "x" * 1_000_000})
    with pytest.raises(exceptions.InvalidArgument, match="exceeds the limit: 10485760 bytes"):
        batch.commit()
    assert list(client.collection("c").stream()) == []


def raw(server: Server, method: str, request: bytes) -> bytes:
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        answer: bytes = channel.unary_unary(f"/google.firestore.v1.Firestore/{method}")(request, timeout=10)
        return answer


def status(server: Server, method: str, request: bytes) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as failure:
        raw(server, method, request)
    return failure.value.code(), failure.value.details()


ROOT = "projects/p/databases/(default)/documents"


@pytest.mark.parametrize(
    ("method", "request_fields", "complaint"),
    [
        ("GetDocument", {"name": ""}, 'lacks "projects" at index 0'),
        ("GetDocument", {"name": "projects/p/databases/(default)"}, 'lacks "documents" at index 4'),
        ("GetDocument", {"name": f"{ROOT}/c"}, "does not name a document"),
        ("GetDocument", {"name": f"{ROOT}/c//x/y"}, "is empty"),
        ("GetDocument", {"name": "projects/p/databases/b@d/documents/c/d"}, "Invalid database id"),
        ("GetDocument", {"name": f"{ROOT}/c/d", "mask": {"field_paths": ["a..b"]}}, "a..b"),
        ("GetDocument", {"name": f"{ROOT}/c/d", "transaction": b"nonsense"}, "no longer valid"),
        ("Commit", {"database": "x"}, "Invalid database name"),
        ("Commit", {"database": ROOT[:-10], "writes": [{}]}, "no operation"),
        ("ListDocuments", {"parent": ROOT, "collection_id": "c", "page_size": -1}, "page_size"),
        ("ListDocuments", {"parent": ROOT, "collection_id": "c", "page_token": "€"}, "page_token"),
        ("ListDocuments", {"parent": ROOT, "collection_id": "c", "order_by": "a sideways"}, "order_by"),
        ("ListCollectionIds", {"parent": f"{ROOT}/c"}, "does not name a document"),
        ("CreateDocument", {"parent": ROOT, "collection_id": "a/b", "document_id": "x"}, "contains"),
        ("Rollback", {"database": ROOT[:-10]}, "missing"),
    ],
)
def test_malformed_requests(server: Server, method: str, request_fields: dict[str, Any], complaint: str) -> None:
    request = message(f"{method}Request")(**request_fields)
    code, details = status(server, method, request.SerializeToString())
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert complaint in details


def test_masks_in_conflict(server: Server) -> None:
    write = Write(update={"name": f"{ROOT}/c/d"}, update_mask={"field_paths": ["a", "a.b"]})
    request = message("CommitRequest")(database=ROOT[:-10], writes=[write])
    code, details = status(server, "Commit", request.SerializeToString())
    assert (code, "one contains the other" in details) == (grpc.StatusCode.INVALID_ARGUMENT, True)


@pytest.mark.parametrize("method", ["Commit", "GetDocument", "BatchWrite"])
def test_garbage_is_an_invalid_argument(server: Server, method: str) -> None:
    assert status(server, method, b"\xff\xff\xff")[0] == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("method", ["ExecutePipeline", "Write"])
def test_what_is_left_out_says_so(server: Server, method: str) -> None:
    code, details = status(server, method, b"")
    assert code == grpc.StatusCode.UNIMPLEMENTED
    assert details == f"{method} is not available in the local Firestore engine."


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"find_nearest": {"limit": {"value": 3}}}, "Vector search"),
        ({"explain_options": {"analyze": True}}, "explain"),
    ],
)
def test_what_a_query_leaves_out_says_so(server: Server, given: dict[str, Any], complaint: str) -> None:
    request = message("RunQueryRequest")(parent=ROOT, structured_query={"from_": [{"collection_id": "c"}]})
    if "explain_options" in given:
        request.explain_options.analyze = True
    else:
        request.structured_query.find_nearest.limit.value = 3
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel, pytest.raises(grpc.RpcError) as failure:
        list(channel.unary_stream("/google.firestore.v1.Firestore/RunQuery")(request.SerializeToString()))
    assert failure.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert complaint in failure.value.details()


def test_what_is_not_grpc_at_all_does_no_harm(server: Server, client: firestore.Client) -> None:
    for nonsense in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 2_000, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 500):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(nonsense)
    client.document("c/d").set({"n": 1})
    assert client.document("c/d").get().get("n") == 1


def test_listeners_that_vanish_leave_nothing_behind(server: Server, client: firestore.Client) -> None:
    hub = server.engine.hub
    request = message("ListenRequest")(database=client._database_string)
    request.add_target.target_id = 1
    request.add_target.query.parent = f"{client._database_string}/documents"
    request.add_target.query.structured_query.from_.add().collection_id = "c"
    for _ in range(5):
        channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
        requests: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        requests.put(request.SerializeToString())
        stream = channel.stream_stream("/google.firestore.v1.Firestore/Listen")(iter(requests.get, None))
        next(stream)
        channel.close()
        requests.put(None)
    client.document("c/d").set({"n": 1})
    ended = threading.Event()
    while any(topic[0].project == client.project for topic in list(hub._topics)):
        ended.wait(0.01)


@pytest.mark.parametrize("loop", ["sync"], indirect=True)
def test_index_entries_of_a_document(client: firestore.Client) -> None:
    document = client.document("c/d")
    document.set({"numbers": list(range(39_000))})
    with pytest.raises(exceptions.InvalidArgument, match="too many index entries"):
        document.update({"more": list(range(2_000))})
    assert "more" not in document.get().to_dict()
    with pytest.raises(exceptions.InvalidArgument, match=r"take \d+ bytes; at most 8388608"):
        document.set({"f" * 1_000: {f"{number:05}": number for number in range(8_500)}})
    # One entry: the values of every field of a composite index.
    with pytest.raises(exceptions.InvalidArgument, match="at most 7680 are allowed"):
        client.document("wide/d").set({f"f{number}": str(number) * 1_500 for number in range(6)})
    client.document("wide/d").set({f"f{number}": str(number) * 1_500 for number in range(5)} | {"f5": "short"})


def test_clients_that_vanish_do_no_harm(server: Server, client: firestore.Client) -> None:
    batch = client.batch()
    for number in range(300):
        batch.set(client.document(f"c/{number:03}"), {"text": "x" * 5_000})
    batch.commit()
    request = message("RunQueryRequest")(parent=f"{client._database_string}/documents")
    request.structured_query.from_.add().collection_id = "c"
    for _ in range(5):
        channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
        stream = channel.unary_stream("/google.firestore.v1.Firestore/RunQuery")(request.SerializeToString())
        next(stream)
        channel.close()
    assert len(list(client.collection("c").stream())) == 300


def test_get_create_update_delete_as_single_calls(server: Server) -> None:
    """The calls the Python client leaves to others."""
    from localcloud.firestore.messages import Document

    root = "projects/single-calls/databases/(default)/documents"

    def call(method: str, **fields: Any) -> bytes:
        return raw(server, method, message(f"{method}Request")(**fields).SerializeToString())

    made = Document.FromString(
        call("CreateDocument", parent=root, collection_id="c", document={"fields": {"a": {"integer_value": 1}}})
    )
    assert len(made.name.rsplit("/", 1)[1]) == 20
    assert made.create_time == made.update_time
    changed = Document.FromString(
        call(
            "UpdateDocument",
            document={"name": made.name, "fields": {"b": {"integer_value": 2}}},
            update_mask={"field_paths": ["b"]},
            mask={"field_paths": ["b"]},
        )
    )
    assert list(changed.fields) == ["b"]
    assert set(Document.FromString(call("GetDocument", name=made.name)).fields) == {"a", "b"}
    page = message("ListDocumentsResponse").FromString(
        call("ListDocuments", parent=root, collection_id="c", order_by="a desc", page_size=1)
    )
    assert [found.name for found in page.documents] == [made.name]
    call("DeleteDocument", name=made.name)
    missing = message("GetDocumentRequest")(name=made.name).SerializeToString()
    assert status(server, "GetDocument", missing)[0] == grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"collection_id": "c"}, ["c/a", "c/b", "c/c", "c/d", "c/e"]),
        ({"collection_id": "c", "show_missing": True}, ["c/a", "c/b", "c/c", "c/d", "c/e", "c/gone"]),
        ({"collection_id": "c", "order_by": "n desc"}, ["c/e", "c/d", "c/c", "c/b", "c/a"]),
        ({"collection_id": "c", "order_by": "__name__ desc"}, ["c/e", "c/d", "c/c", "c/b", "c/a"]),
        ({}, ["c/a", "c/b", "c/c", "c/d", "c/e", "x/1"]),
    ],
)
def test_every_listing_pages(
    server: Server, client: firestore.Client, fields: dict[str, Any], expected: list[str]
) -> None:
    batch = client.batch()
    for number, name in enumerate("abcde"):
        batch.set(client.document(f"c/{name}"), {"n": number})
    batch.set(client.document("x/1"), {})
    batch.set(client.document("c/gone/sub/1"), {})
    batch.commit()
    root = f"{client._database_string}/documents"
    seen: list[str] = []
    token = ""
    for _ in range(10):
        request = message("ListDocumentsRequest")(parent=root, page_size=2, page_token=token, **fields)
        page = message("ListDocumentsResponse").FromString(raw(server, "ListDocuments", request.SerializeToString()))
        assert len(page.documents) <= 2
        seen += [found.name.removeprefix(f"{root}/") for found in page.documents]
        token = page.next_page_token
        if not token:
            break
    assert seen == expected
    collections: list[str] = []
    for _ in range(2):
        request = message("ListCollectionIdsRequest")(parent=root, page_size=1, page_token=token)
        answer = raw(server, "ListCollectionIds", request.SerializeToString())
        ids = message("ListCollectionIdsResponse").FromString(answer)
        collections += ids.collection_ids
        token = ids.next_page_token
    assert (collections, token) == (["c", "x"], "")
