"""Listeners of the real client."""

import queue
import threading
from pathlib import Path
from typing import Any, Self

import pytest
from conftest import connect
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore import FieldFilter
from program import steady_port

from localcloud.firestore import Server, serve

F = FieldFilter


@pytest.fixture
def loop() -> None:
    """The asynchronous client has no listeners."""


class Snapshots:
    """Snapshots as they come: (ids in order, changes)."""

    def __init__(self, target: Any) -> None:
        self._queue: queue.Queue[tuple[list[str], list[tuple[str, str]]]] = queue.Queue()
        self._watch = target.on_snapshot(self._take)

    def _take(self, documents: Any, changes: Any, _: Any) -> None:
        told = [(change.type.name, change.document.id) for change in changes]
        self._queue.put(([document.id for document in documents], told))

    def next(self) -> tuple[list[str], list[tuple[str, str]]]:
        return self._queue.get(timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.unsubscribe()


def test_a_query_is_followed(client: firestore.Client) -> None:
    collection = client.collection("c")
    collection.document("a").set({"n": 5})
    with Snapshots(collection.where(filter=F("n", ">", 2)).order_by("n")) as snapshots:
        assert snapshots.next() == (["a"], [("ADDED", "a")])
        collection.document("b").set({"n": 3})
        assert snapshots.next() == (["b", "a"], [("ADDED", "b")])
        collection.document("low").set({"n": 1})
        collection.document("a").update({"n": 2.5})
        assert snapshots.next() == (["a", "b"], [("MODIFIED", "a")])
        collection.document("b").update({"n": 0})
        assert snapshots.next() == (["a"], [("REMOVED", "b")])
        collection.document("a").delete()
        assert snapshots.next() == ([], [("REMOVED", "a")])


def test_a_page_is_followed(client: firestore.Client) -> None:
    collection = client.collection("c")
    for number in (1, 2, 3):
        collection.document(str(number)).set({"n": number})
    with Snapshots(collection.order_by("n").limit(2)) as snapshots:
        assert snapshots.next()[0] == ["1", "2"]
        collection.document("1").delete()
        ids, changes = snapshots.next()
        assert (ids, set(changes)) == (["2", "3"], {("REMOVED", "1"), ("ADDED", "3")})
        collection.document("0").set({"n": 0})
        ids, changes = snapshots.next()
        assert (ids, set(changes)) == (["0", "2"], {("REMOVED", "3"), ("ADDED", "0")})


def test_a_document_is_followed(client: firestore.Client) -> None:
    document = client.document("c/d")
    with Snapshots(document) as snapshots:
        assert snapshots.next() == ([], [])
        document.set({"n": 1})
        assert snapshots.next() == (["d"], [("ADDED", "d")])
        document.collection("sub").document("x").set({})
        document.update({"n": 2})
        assert snapshots.next() == (["d"], [("MODIFIED", "d")])
        document.delete()
        assert snapshots.next() == ([], [("REMOVED", "d")])


def test_one_commit_is_one_snapshot(client: firestore.Client) -> None:
    collection = client.collection("c")
    with Snapshots(collection) as snapshots:
        assert snapshots.next() == ([], [])
        batch = client.batch()
        for name in ("a", "b", "c"):
            batch.set(collection.document(name), {})
        batch.commit()
        assert snapshots.next()[0] == ["a", "b", "c"]


def listen(client: firestore.Client, *requests: Any) -> Any:
    """The raw stream: its messages until it is cancelled, and the call."""
    sent: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for request in requests:
        sent.put(request)
    return client._firestore_api.listen(requests=iter(sent.get, None), retry=None), sent


def follow(client: firestore.Client, token: bytes | None) -> tuple[list[str], bytes]:
    """Listen to everything in `c` until it is current: what was told, and the resume token."""
    target: dict[str, Any] = {
        "query": {
            "parent": f"{client._database_string}/documents",
            "structured_query": {"from_": [{"collection_id": "c"}]},
        },
        "target_id": 7,
    }
    if token is not None:
        target["resume_token"] = token
    stream, sent = listen(client, {"database": client._database_string, "add_target": target})
    told: list[str] = []
    for response in stream:
        if response.filter.target_id:
            told.append(f"={response.filter.count}")
        if response.document_change.document.name:
            told.append("+" + response.document_change.document.name.rsplit("/", 1)[1])
        elif response.document_delete.document:
            told.append("-" + response.document_delete.document.rsplit("/", 1)[1])
        elif response.target_change.target_change_type.name == "CURRENT":
            sent.put(None)
            stream.cancel()
            return told, response.target_change.resume_token
    pytest.fail("the stream ended before the target was current")


def test_resuming_tells_only_what_changed(client: firestore.Client) -> None:
    for name in ("a", "b", "c"):
        client.document(f"c/{name}").set({"n": 1})
    told, token = follow(client, None)
    assert told == ["+a", "+b", "+c"]
    client.document("c/b").update({"n": 2})
    client.document("c/c").delete()
    client.document("c/d").set({})
    told, token = follow(client, token)
    assert told == ["+b", "+d", "-c", "=3"]
    assert follow(client, token)[0] == ["=3"]


def test_what_listeners_read_is_counted(server: Server, client: firestore.Client) -> None:
    for name in ("a", "b", "c"):
        client.document(f"c/{name}").set({"n": 1})
    before = server.counters.total("Listen").calls
    follow(client, None)
    ended = threading.Event()
    while server.counters.total("Listen").calls == before:
        ended.wait(0.01)
    assert server.counters.latest("Listen").documents == 3


def test_a_wrong_target_is_told(client: firestore.Client) -> None:
    query = {"structured_query": {"from_": [{"collection_id": "c"}]}, "parent": "nonsense"}
    request = {"database": client._database_string, "add_target": {"query": query, "target_id": 3}}
    stream, sent = listen(client, request)
    response = next(iter(stream))
    sent.put(None)
    assert response.target_change.target_change_type.name == "REMOVE"
    assert response.target_change.cause.code == exceptions.InvalidArgument.grpc_status_code.value[0]


def test_a_listener_outlives_a_restart_of_the_engine(tmp_path: Path) -> None:
    port = steady_port()
    server = serve(tmp_path, port)
    client = connect(port)
    client.document("c/a").set({"n": 1})
    client.document("c/b").set({"n": 1})
    with Snapshots(client.collection("c")) as snapshots:
        assert snapshots.next()[0] == ["a", "b"]
        server.stop()
        server = serve(tmp_path, port)
        other = connect(port)
        other.document("c/a").delete()
        other.document("c/c").set({"n": 1})
        ids: list[str] = []
        while ids != ["b", "c"]:
            ids = snapshots.next()[0]
    server.stop()


def test_streams_beyond_the_limit_are_refused(client: firestore.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.document("c/d").set({"n": 1})
    with Snapshots(client.collection("c")) as snapshots:
        assert snapshots.next()[0] == ["d"]
        monkeypatch.setattr("localcloud.firestore.listen.MAX_STREAMS", 1)
        with pytest.raises(exceptions.ResourceExhausted, match="at most 1 listen streams"):
            listen(client, {"database": client._database_string, "remove_target": 1})
        assert client.document("c/d").get().get("n") == 1


def test_a_thousand_targets_on_one_stream_each_hear_of_their_own(client: firestore.Client) -> None:
    root = f"{client._database_string}/documents"

    def target(number: int) -> dict[str, Any]:
        if number % 2:
            return {"target_id": number, "documents": {"documents": [f"{root}/c/{number}"]}}
        filters = {"field": {"field_path": "n"}, "op": "EQUAL", "value": {"integer_value": number}}
        query = {"from_": [{"collection_id": "c"}], "where": {"field_filter": filters}}
        return {"target_id": number, "query": {"parent": root, "structured_query": query}}

    requests = [{"database": client._database_string, "add_target": target(number)} for number in range(1, 1001)]
    stream, sent = listen(client, *requests)
    current: set[int] = set()
    for response in stream:
        if response.target_change.target_change_type.name == "CURRENT":
            current.update(response.target_change.target_ids)
            if len(current) == 1000:
                break
    batch = client.batch()
    for number in (7, 500, 999):
        batch.set(client.document(f"c/{number}"), {"n": number})
    batch.commit()
    told: dict[int, str] = {}
    while len(told) < 3:
        change = next(stream).document_change
        if change.document.name:
            told |= dict.fromkeys(change.target_ids, change.document.name.rsplit("/", 1)[1])
    assert told == {7: "7", 500: "500", 999: "999"}
    sent.put({"database": client._database_string, "remove_target": 500})
    removed = next(response for response in stream if response.target_change.target_ids == [500])
    assert removed.target_change.target_change_type.name == "REMOVE"
    client.document("c/500").update({"m": 1})
    client.document("c/999").delete()
    later = next(response for response in stream if response.document_change.document.name or response.document_delete)
    assert later.document_delete.removed_target_ids == [999]
    sent.put(None)
    stream.cancel()
