"""Values as bytes that sort as the service sorts values.

Order of types (Firestore "Data types", value type ordering): null, boolean, number (NaN first; integers and doubles
together, by value), timestamp, string (UTF-8 bytes), bytes, reference, geo point, array, vector, map. Every encoding
is self-delimiting (no one is a prefix of another), so encodings can be strung together in index keys, and inverting
all bits of one turns its order around.
"""

from __future__ import annotations

import math
import struct
from typing import Any

from localcloud.firestore.errors import invalid
from localcloud.firestore.names import parse_document, path_key, read_path

NULL, FALSE, TRUE, NUMBER, TIME, STRING, BYTES, REFERENCE, GEO, ARRAY, VECTOR, MAP = (
    0x05, 0x0A, 0x0B, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50,
)  # fmt: skip
LOWEST = b"\x01"  # below every encoding and above an end mark
HIGHEST = b"\xff"  # above every encoding
MAX_INDEXED_BYTES = 1500  # longer strings and bytes are cut in indexes, as in the service

_END = 0
_TERMINATOR = b"\0\x01"
_INVERTED = bytes(255 - byte for byte in range(256))
_SIGN = 1 << 63
_ALL = (1 << 64) - 1
_NAN = bytes(8)
_FIRST_SECOND = -62_135_596_800  # 0001-01-01T00:00:00Z


def invert(key: bytes) -> bytes:
    """Every bit turned around: what sorted first sorts last."""
    return key.translate(_INVERTED)


def after(prefix: bytes) -> bytes:
    """The smallest key above every key that starts with `prefix`."""
    stripped = prefix.rstrip(b"\xff")
    if not stripped:
        return HIGHEST * (len(prefix) + 1)
    return stripped[:-1] + bytes((stripped[-1] + 1,))


def _ordered_double(number: float) -> bytes:
    if number == 0:
        number = 0.0  # -0.0 equals 0.0
    bits: int = struct.unpack(">Q", struct.pack(">d", number))[0]
    return (bits ^ _ALL if bits & _SIGN else bits | _SIGN).to_bytes(8, "big")


def number_key(number: float) -> bytes:
    """An int64 or a double. A double is exact in 8 bytes; what an integer has beyond its double follows in 2."""
    if isinstance(number, int):
        below = float(number)
        if int(below) > number:
            below = math.nextafter(below, -math.inf)
        return b"\x10" + _ordered_double(below) + (number - int(below)).to_bytes(2, "big")
    if math.isnan(number):
        return b"\x10" + _NAN + b"\0\0"
    return b"\x10" + _ordered_double(number) + b"\0\0"


def text_key(text: str, limit: int | None = None) -> bytes:
    """A string, cut to `limit` bytes when given."""
    raw = text.encode()
    if limit is not None and len(raw) > limit:
        raw = raw[:limit]
    return b"\x20" + raw.replace(b"\0", b"\0\xff") + _TERMINATOR


def reference_key(name: str) -> bytes:
    """A document name: project, database, then the path segment by segment."""
    database, path = parse_document(name)
    return b"\x30" + text_key(database.project) + text_key(database.name) + path_key(path) + b"\0"


def is_vector(value: Any) -> bool:
    """Whether a map value is the service's vector type."""
    fields = value.map_value.fields
    return len(fields) == 2 and "__type__" in fields and fields["__type__"].string_value == "__vector__"


def is_cut(value: Any) -> bool:
    """Whether another value may have the same encoding, because a long string or bytes in it is cut."""
    kind = value.WhichOneof("value_type")
    if kind == "string_value":
        text = value.string_value
        return len(text) * 4 >= MAX_INDEXED_BYTES and len(text.encode()) >= MAX_INDEXED_BYTES
    if kind == "bytes_value":
        return len(value.bytes_value) >= MAX_INDEXED_BYTES
    if kind == "array_value":
        return any(map(is_cut, value.array_value.values))
    return kind == "map_value" and any(map(is_cut, value.map_value.fields.values()))


def encode(value: Any, limit: int | None = MAX_INDEXED_BYTES) -> bytes:
    """A protobuf `Value` as order-preserving bytes. Raises INVALID_ARGUMENT for a value without a type."""
    kind = value.WhichOneof("value_type")
    if kind == "string_value":
        return text_key(value.string_value, limit)
    if kind == "integer_value":
        return number_key(value.integer_value)
    out = bytearray()
    _append(out, value, kind, limit)
    return bytes(out)


def _append(out: bytearray, value: Any, kind: str | None, limit: int | None) -> None:
    if kind == "string_value":
        out += text_key(value.string_value, limit)
    elif kind == "integer_value":
        out += number_key(value.integer_value)
    elif kind == "double_value":
        out += number_key(value.double_value)
    elif kind == "boolean_value":
        out.append(TRUE if value.boolean_value else FALSE)
    elif kind == "null_value":
        out.append(NULL)
    elif kind == "timestamp_value":
        stamp = value.timestamp_value
        out.append(TIME)
        out += (stamp.seconds - _FIRST_SECOND).to_bytes(8, "big") + stamp.nanos.to_bytes(4, "big")
    elif kind == "bytes_value":
        raw = value.bytes_value if limit is None else value.bytes_value[:limit]
        out.append(BYTES)
        out += raw.replace(b"\0", b"\0\xff") + _TERMINATOR
    elif kind == "reference_value":
        out += reference_key(value.reference_value)
    elif kind == "geo_point_value":
        out.append(GEO)
        out += _ordered_double(value.geo_point_value.latitude) + _ordered_double(value.geo_point_value.longitude)
    elif kind == "array_value":
        out.append(ARRAY)
        for element in value.array_value.values:
            _append(out, element, element.WhichOneof("value_type"), limit)
        out.append(_END)
    elif kind == "map_value":
        _append_map(out, value, limit)
    else:
        raise invalid("A value has no type set.")


def _append_map(out: bytearray, value: Any, limit: int | None) -> None:
    fields = value.map_value.fields
    if is_vector(value):
        elements = fields["value"].array_value.values
        out.append(VECTOR)
        out += len(elements).to_bytes(4, "big")
        for element in elements:
            _append(out, element, element.WhichOneof("value_type"), limit)
        return
    out.append(MAP)
    for name in sorted(fields, key=str.encode):
        out += text_key(name)
        member = fields[name]
        _append(out, member, member.WhichOneof("value_type"), limit)
    out.append(_END)


def end_of(key: bytes, at: int) -> int:
    """Where the encoding that starts at `at` ends."""
    kind = key[at]
    if kind in {STRING, BYTES}:
        return key.index(_TERMINATOR, at + 1) + 2
    if kind == NUMBER:
        return at + 11
    if kind in {NULL, FALSE, TRUE}:
        return at + 1
    if kind == TIME:
        return at + 13
    if kind == GEO:
        return at + 17
    if kind == REFERENCE:
        at = end_of(key, at + 1)
        at = end_of(key, at)
        return read_path(key, at)[1]
    if kind == VECTOR:
        count = int.from_bytes(key[at + 1 : at + 5], "big")
        at += 5
        for _ in range(count):
            at = end_of(key, at)
        return at
    at += 1
    while key[at]:
        at = end_of(key, at)
    return at + 1


def type_bounds(key: bytes) -> tuple[bytes, bytes]:
    """[first, beyond) of all encodings of the type `key` is of: comparisons stay within one type."""
    kind = key[0]
    if kind in {FALSE, TRUE}:
        return bytes((FALSE,)), bytes((TRUE + 1,))
    return bytes((kind,)), bytes((kind + 1,))
