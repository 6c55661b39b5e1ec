"""Documents, batches, masks, transforms and preconditions, through the real client."""

import datetime as dt
import math
from collections.abc import Callable

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore import FieldFilter
from google.cloud.firestore_v1.vector import Vector

UTC = dt.UTC


def test_every_type_comes_back_as_it_went(client: firestore.Client) -> None:
    document = client.document("kinds/all")
    data = {
        "null": None,
        "true": True,
        "int": 2**63 - 1,
        "negative": -(2**63),
        "double": 0.1,
        "infinite": math.inf,
        "text": "a\0ü😀",
        "empty": "",
        "bytes": b"\0\xff",
        "time": dt.datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=UTC),
        "before": dt.datetime(1, 1, 1, tzinfo=UTC),
        "place": firestore.GeoPoint(52.5, -13.25),
        "reference": client.document("kinds/other"),
        "array": [1, "x", {"y": [2]}],
        "map": {"a.b": {"`": 1}, "ä": {}},
        "vector": Vector([1.0, 2.5]),
    }
    document.set(data)
    assert document.get().to_dict() == data


def test_missing_documents_are_told_apart_and_read_times_never_precede_updates(client: firestore.Client) -> None:
    written = client.document("c/here").set({"a": 1})
    snapshots = list(client.get_all([client.document("c/here"), client.document("c/not")]))
    assert {snapshot.id: snapshot.exists for snapshot in snapshots} == {"here": True, "not": False}
    assert all(snapshot.read_time >= written.update_time for snapshot in snapshots)


def test_projected_batch_get(client: firestore.Client) -> None:
    client.document("c/d").set({"a": {"b": 1, "c": 2}, "d e": 3, "f": 4})
    [snapshot] = client.get_all([client.document("c/d")], field_paths=["a.b", "`d e`"])
    assert snapshot.to_dict() == {"a": {"b": 1}, "d e": 3}


def test_create_refuses_an_existing_document(client: firestore.Client) -> None:
    document = client.document("c/d")
    document.create({"a": 1})
    with pytest.raises(exceptions.AlreadyExists, match=f"Document already exists: .*{document.path}"):
        document.create({"a": 2})
    assert document.get().to_dict() == {"a": 1}


def test_update_needs_the_document(client: firestore.Client) -> None:
    document = client.document("c/none")
    with pytest.raises(exceptions.NotFound, match=f"No document to update: .*{document.path}"):
        document.update({"a": 1})
    assert not document.get().exists


def test_update_time_preconditions(client: firestore.Client) -> None:
    document = client.document("c/d")
    first = document.set({"a": 1}).update_time
    document.update({"a": 2}, option=client.write_option(last_update_time=first))
    with pytest.raises(exceptions.FailedPrecondition, match="does not match the required base version"):
        document.update({"a": 3}, option=client.write_option(last_update_time=first))
    with pytest.raises(exceptions.FailedPrecondition):
        document.delete(option=client.write_option(last_update_time=first))
    with pytest.raises(exceptions.FailedPrecondition):
        client.document("c/none").delete(option=client.write_option(last_update_time=first))
    with pytest.raises(exceptions.InvalidArgument, match="future"):
        document.delete(option=client.write_option(last_update_time=first + dt.timedelta(hours=1)))
    assert document.get().to_dict() == {"a": 2}
    document.delete(option=client.write_option(last_update_time=document.get().update_time))
    assert not document.get().exists


def test_merge_touches_only_what_it_names(client: firestore.Client) -> None:
    document = client.document("c/d")
    document.set({"a": {"x": 1, "y": 2}, "b": 1, "gone": 1})
    document.set({"a": {"x": 10}, "gone": firestore.DELETE_FIELD}, merge=True)
    assert document.get().to_dict() == {"a": {"x": 10, "y": 2}, "b": 1}
    document.set({"a": {"z": 3}}, merge=["a"])
    assert document.get().to_dict() == {"a": {"z": 3}, "b": 1}
    document.set({}, merge=True)
    assert document.get().to_dict() == {"a": {"z": 3}, "b": 1}
    document.set({})
    assert document.get().to_dict() == {}


def test_update_reaches_nested_and_quoted_paths(client: firestore.Client) -> None:
    document = client.document("c/d")
    document.set({"a": {"b.c": 1, "d": 2}, "scalar": 1})
    document.update({"a.`b.c`": 5, "a.d": firestore.DELETE_FIELD, "a.`back\\`tick`": 6, "scalar.deep": 7})
    assert document.get().to_dict() == {"a": {"b.c": 5, "back`tick": 6}, "scalar": {"deep": 7}}


def test_transforms(client: firestore.Client) -> None:
    document = client.document("c/d")
    document.set({"n": 5, "x": 1.5, "top": 2**63 - 2, "tags": ["a", 1], "text": "t", "high": 3, "low": 3})
    document.update(
        {
            "n": firestore.Increment(2),
            "x": firestore.Increment(1),
            "top": firestore.Increment(10),
            "new": firestore.Increment(4),
            "text": firestore.Increment(1),
            "tags": firestore.ArrayUnion(["a", 1.0, "b", "b"]),
            "high": firestore.Maximum(7.5),
            "low": firestore.Minimum(4),
            "at": firestore.SERVER_TIMESTAMP,
        }
    )
    stored = document.get()
    assert stored.to_dict() == {
        "n": 7,
        "x": 2.5,
        "top": 2**63 - 1,
        "new": 4,
        "text": 1,
        "tags": ["a", 1, "b"],
        "high": 7.5,
        "low": 3,
        "at": stored.update_time,
    }
    document.update({"tags": firestore.ArrayRemove([1.0, "zz"]), "none": firestore.ArrayRemove([1])})
    result = document.get().to_dict()
    assert result is not None
    assert (result["tags"], result["none"]) == (["a", "b"], [])


def test_a_write_that_changes_nothing_keeps_the_update_time(client: firestore.Client) -> None:
    document = client.document("c/d")
    first = document.set({"a": 1, "b": [1, 2]}).update_time
    assert document.set({"b": [1, 2], "a": 1}).update_time == first
    assert document.get().update_time == first


def test_a_commit_is_all_or_nothing_with_one_time(client: firestore.Client) -> None:
    client.document("c/there").set({"a": 0})
    batch = client.batch()
    batch.set(client.document("c/one"), {"a": 1})
    batch.create(client.document("c/there"), {"a": 1})
    with pytest.raises(exceptions.AlreadyExists):
        batch.commit()
    assert not client.document("c/one").get().exists
    batch = client.batch()
    for name in ("one", "two"):
        batch.set(client.document(f"c/{name}"), {"at": firestore.SERVER_TIMESTAMP})
    batch.delete(client.document("c/there"))
    batch.commit()
    one, two = client.document("c/one").get(), client.document("c/two").get()
    assert one.update_time == two.update_time == one.get("at") == two.get("at")
    assert not client.document("c/there").get().exists


def test_several_writes_to_one_document_in_a_commit_apply_in_order(client: firestore.Client) -> None:
    document = client.document("c/d")
    batch = client.batch()
    batch.create(document, {"n": 1})
    batch.update(document, {"n": firestore.Increment(1)})
    batch.set(document, {"m": 1}, merge=True)
    batch.commit()
    assert document.get().to_dict() == {"n": 2, "m": 1}


def test_commit_times_strictly_increase(client: firestore.Client) -> None:
    times = [client.document(f"c/{number}").set({}).update_time for number in range(50)]
    assert times == sorted(set(times))


def test_a_past_read_time_sees_the_past(client: firestore.Client) -> None:
    document = client.document("c/d")
    first = document.set({"n": 1}).update_time
    document.set({"n": 2})
    client.document("c/later").set({"n": 1})
    document.delete()
    assert document.get(read_time=first).to_dict() == {"n": 1}
    collection = client.collection("c")
    past = {
        found.id: found.to_dict()
        for found in collection.where(filter=FieldFilter("n", "==", 1)).stream(read_time=first)
    }
    assert past == {"d": {"n": 1}}
    assert [found.id for found in collection.stream(read_time=first)] == ["d"]
    assert [found.id for found in collection.stream()] == ["later"]


def test_read_times_outside_the_history_are_refused(client: firestore.Client) -> None:
    now = dt.datetime.now(UTC)
    with pytest.raises(exceptions.InvalidArgument, match="future"):
        client.document("c/d").get(read_time=now + dt.timedelta(minutes=5))


def test_projects_and_databases_are_separate(clients: Callable[..., firestore.Client]) -> None:
    one, other, named = clients("apart-1"), clients("apart-2"), clients("apart-1", "second")
    one.document("c/d").set({"who": "one"})
    named.document("c/d").set({"who": "named"})
    assert not other.document("c/d").get().exists
    assert [found.get("who") for found in one.collection_group("c").stream()] == ["one"]
    assert [found.get("who") for found in named.collection("c").where(filter=FieldFilter("who", ">", "")).stream()] == [
        "named"
    ]


def test_bulk_writer_reports_each_write(client: firestore.Client) -> None:
    client.document("c/taken").set({})
    outcomes: dict[str, int] = {}
    writer = client.bulk_writer()
    writer.on_write_error(lambda failure, _: bool(outcomes.update({failure.operation.reference.id: failure.code})))
    writer.on_write_result(lambda reference, *_: outcomes.update({reference.id: 0}))
    writer.create(client.document("c/fresh"), {"a": 1})
    writer.create(client.document("c/taken"), {"a": 1})
    writer.close()
    assert outcomes == {"fresh": 0, "taken": 6}


def test_listing(client: firestore.Client) -> None:
    for path in ("c/a", "c/b", "c/m/sub/x", "c/z", "d/a", "c/a/inner/y"):
        client.document(path).set({})
    assert [document.id for document in client.collection("c").list_documents(page_size=2)] == ["a", "b", "m", "z"]
    assert [collection.id for collection in client.collections()] == ["c", "d"]
    assert [collection.id for collection in client.document("c/m").collections()] == ["sub"]
    assert list(client.document("c/b").collections()) == []
    deleted = client.recursive_delete(client.collection("c"))
    assert deleted == 5
    assert [collection.id for collection in client.collections()] == ["d"]
