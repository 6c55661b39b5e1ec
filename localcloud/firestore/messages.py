"""The plain protobuf classes behind the client's proto-plus wrappers, and wire bytes written by hand.

The wrappers cost several times the message itself; the engine never touches them after import.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from google.cloud.firestore_v1.types import aggregation_result, document, firestore, query, write
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import status_pb2

Document: Any = document.Document.pb()
Value: Any = document.Value.pb()
Write: Any = write.Write.pb()
FieldTransform: Any = write.DocumentTransform.FieldTransform.pb()
WriteResult: Any = write.WriteResult.pb()
StructuredQuery: Any = query.StructuredQuery.pb()
AggregationResult: Any = aggregation_result.AggregationResult.pb()
ListenResponse: Any = firestore.ListenResponse.pb()
TargetChange: Any = firestore.TargetChange.pb()

RpcStatus: Any = status_pb2.Status

_MICROS = 1_000_000


def message(name: str) -> Any:
    """The plain class of a request or response of the service, by its name."""
    return getattr(firestore, name).pb()


def timestamp(micros: int) -> Timestamp:
    """`micros` since the epoch as a protobuf timestamp."""
    return Timestamp(seconds=micros // _MICROS, nanos=micros % _MICROS * 1000)


def micros(stamp: Timestamp) -> int:
    """Microseconds since the epoch; anything finer is rounded down, as the service does."""
    return stamp.seconds * _MICROS + stamp.nanos // 1000


def varint(number: int) -> bytes:
    """A non-negative integer in protobuf's base-128 form."""
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field_bytes(number: int, payload: bytes) -> bytes:
    """A length-delimited field on the wire (field numbers below 16)."""
    return bytes((number << 3 | 2,)) + varint(len(payload)) + payload


@lru_cache(maxsize=4096)
def time_bytes(number: int, at: int) -> bytes:
    """A timestamp field on the wire, `at` in microseconds since the epoch."""
    seconds, rest = divmod(at, _MICROS)
    payload = b"\x08" + varint(seconds)
    if rest:
        payload += b"\x10" + varint(rest * 1000)
    return bytes((number << 3 | 2, len(payload))) + payload


def document_bytes(name: str, body: bytes, created: int, updated: int) -> bytes:
    """A whole `Document` on the wire around its stored, still serialized fields."""
    return field_bytes(1, name.encode()) + body + time_bytes(3, created) + time_bytes(4, updated)
