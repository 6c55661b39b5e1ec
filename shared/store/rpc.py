"""Calls that the client makes at a cost or without a limit that we do not take: made here, through its own stubs.

A transaction's `_begin`, `_commit` and `_rollback` leave timeout and retry to the generated client, which tries for 60
to 300 seconds: longer than anybody waits for an answer. And the client builds every value it writes through a
proto-plus wrapper and copies every document it reads once more, about a third of the processor time of a request with
many documents (a booking reads 14 and writes 15). The same messages are built and read directly here.
"""

from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from google.cloud.firestore import Client, Transaction


def begin(client: "Client", *, timeout: float, retry: Any) -> "Transaction":
    """A transaction that has begun."""
    transaction = client.transaction()
    answer = client._firestore_api.begin_transaction(  # noqa: SLF001
        request={"database": client._database_string, "options": transaction._options_protobuf(None)},  # noqa: SLF001
        metadata=client._rpc_metadata,  # noqa: SLF001
        timeout=timeout,
        retry=retry,
    )
    transaction._id = answer.transaction  # noqa: SLF001
    return transaction


class Found(NamedTuple):
    """A document as it is stored, or that there is none (`data` is None)."""

    name: str
    data: dict[str, Any] | None
    #: A protobuf timestamp: what a precondition on it takes.
    update_time: Any


def documents(
    client: "Client", names: Iterable[str], transaction: "Transaction | None", *, timeout: float, retry: Any
) -> Iterator[Found]:
    """Documents by their full resource names, in no order."""
    request = _messages().batch_get(database=client._database_string, documents=names)  # noqa: SLF001
    if transaction is not None:
        request.transaction = transaction._id  # noqa: SLF001
    answers = client._firestore_api.batch_get_documents(  # noqa: SLF001
        request=_messages().batch_get_wrapped.wrap(request),
        metadata=client._rpc_metadata,  # noqa: SLF001
        retry=retry,
        timeout=timeout,
    )
    for answer in answers:
        plain = answer._pb  # noqa: SLF001
        if plain.WhichOneof("result") == "found":
            found = plain.found
            yield Found(found.name, _read(found.fields), found.update_time)
        else:
            yield Found(plain.missing, None, None)


def commit(client: "Client", writes: Iterable[Any], transaction: "Transaction | None", *, timeout: float) -> list[Any]:
    """Commit writes, of a transaction or of none; once, since a repeat must know what became of the first.

    The update time of each document written, in the order of the writes.
    """
    request = _messages().commit(database=client._database_string)  # noqa: SLF001
    request.writes.extend(writes)
    if transaction is not None:
        request.transaction = transaction._id  # noqa: SLF001
    answer = client._firestore_api.commit(  # noqa: SLF001
        request=_messages().commit_wrapped.wrap(request),
        metadata=client._rpc_metadata,  # noqa: SLF001
        retry=None,
        timeout=timeout,
    )
    return [result.update_time for result in answer._pb.write_results]  # noqa: SLF001


def rollback(transaction: "Transaction", *, timeout: float) -> None:
    """End a transaction without its writes; tried once, since it ends by itself when nobody goes on with it."""
    client = transaction._client  # noqa: SLF001
    client._firestore_api.rollback(  # noqa: SLF001
        request={"database": client._database_string, "transaction": transaction._id},  # noqa: SLF001
        metadata=client._rpc_metadata,  # noqa: SLF001
        retry=None,
        timeout=timeout,
    )


# Writes. `name` is a document's full resource name, `data` its stored fields as `document.encode` gives them.


def creating(name: str, data: Mapping[str, Any], stamped: Iterable[str]) -> Any:
    """A document that must not exist; the server sets `stamped` to its commit time."""
    write = putting(name, data, stamped)
    write.current_document.exists = False
    return write


def putting(name: str, data: Mapping[str, Any], stamped: Iterable[str]) -> Any:
    """A document as a whole, whatever was there."""
    write = _messages().write()
    write.update.name = name
    _fill(write.update.fields, data)
    for field in stamped:
        write.update_transforms.add(field_path=field, set_to_server_value=_messages().request_time)
    return write


def updating(name: str, data: Mapping[str, Any], read_at: Any) -> Any:
    """Some fields of a document that is as it was at `read_at` (its update time); of any existing one without."""
    write = putting(name, data, ())
    write.update_mask.field_paths.extend(sorted(data))
    if read_at is None:
        write.current_document.exists = True
    else:
        write.current_document.update_time.CopyFrom(read_at)
    return write


def adding(name: str, data: Mapping[str, Any], sums: Mapping[str, int]) -> Any:
    """Some fields of a document, and numbers added to others of it; made if there is none."""
    write = putting(name, data, ())
    write.update_mask.field_paths.extend(sorted(data))
    for field, by in sums.items():
        write.update_transforms.add(field_path=field).increment.integer_value = by
    return write


def removing(name: str) -> Any:
    """No such document any more."""
    return _messages().write(delete=name)


class _Messages(NamedTuple):
    """The plain classes behind the client's wrappers, and the wrappers its methods take."""

    batch_get: Any
    batch_get_wrapped: Any
    commit: Any
    commit_wrapped: Any
    write: Any
    request_time: int


@cache
def _messages() -> _Messages:
    from google.cloud.firestore_v1.types import firestore, write

    request_time = write.DocumentTransform.FieldTransform.ServerValue.REQUEST_TIME
    get, commit = firestore.BatchGetDocumentsRequest, firestore.CommitRequest
    return _Messages(get.pb(), get, commit.pb(), commit, write.Write.pb(), int(request_time))


def _fill(fields: Any, data: Mapping[str, Any]) -> None:
    for name, value in data.items():
        _set(fields[name], value)


def _set(into: Any, value: Any) -> None:
    """Put a plain value into a `Value`. `bool` before `int`, which it is a kind of."""
    if value is None:
        into.null_value = 0
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, bool):
        into.boolean_value = value
    elif isinstance(value, int):
        into.integer_value = value
    elif isinstance(value, datetime):
        into.timestamp_value.seconds = timegm(value.utctimetuple())
        into.timestamp_value.nanos = value.microsecond * 1000
    elif isinstance(value, bytes):
        into.bytes_value = value
    elif isinstance(value, float):
        into.double_value = value
    elif isinstance(value, Mapping):
        into.map_value.SetInParent()
        _fill(into.map_value.fields, value)
    elif isinstance(value, list):
        into.array_value.SetInParent()
        for item in value:
            _set(into.array_value.values.add(), item)
    else:
        raise TypeError(f"Firestore has no type for {type(value).__name__}")


def _read(fields: Any) -> dict[str, Any]:
    return {name: _get(value) for name, value in fields.items()}


def _get(value: Any) -> Any:
    """The plain value in a `Value`; of the kinds that `_set` writes."""
    kind = value.WhichOneof("value_type")
    if kind == "null_value":
        return None
    if kind == "timestamp_value":
        stamp = value.timestamp_value
        return datetime.fromtimestamp(stamp.seconds, UTC).replace(microsecond=stamp.nanos // 1000)
    if kind == "map_value":
        return _read(value.map_value.fields)
    if kind == "array_value":
        return [_get(item) for item in value.array_value.values]
    return getattr(value, kind)
