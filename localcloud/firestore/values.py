"""Documents' fields: the service's limits, masks and transforms.

Sizes follow "Storage size calculations" of the Firestore documentation.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

from localcloud.firestore.encoding import encode, is_vector, number_key
from localcloud.firestore.errors import invalid
from localcloud.firestore.messages import Value, timestamp
from localcloud.firestore.names import FieldPath, check_field_name, format_field_path, parse_document

MAX_DOCUMENT_BYTES = 1_048_576
MAX_VALUE_BYTES = 1_048_576 - 89
MAX_DEPTH = 20

_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
_FIRST_SECOND, _LAST_SECOND = -62_135_596_800, 253_402_300_799


def name_size(name: str) -> int:
    """Bytes a document name counts: each id plus 1, plus 16."""
    return sum(len(part.encode()) + 1 for part in name.split("/")[5:]) + 16


def check_fields(name: str, fields: Any) -> None:
    """Check a document's fields against every limit; timestamps are cut to microseconds in place.

    Raises INVALID_ARGUMENT naming the field.
    """
    size = name_size(name) + 32
    for field, value in fields.items():
        check_field_name(field, field)
        size += len(field.encode()) + 1 + _check(value, 1, (field,))
    if size > MAX_DOCUMENT_BYTES:
        raise invalid(
            f"Document '{name}' cannot be written because its size ({size:,} bytes) exceeds the maximum allowed size "
            f"of {MAX_DOCUMENT_BYTES:,} bytes."
        )


def check_value(path: FieldPath, value: Any) -> None:
    """Check one value on its own, as a filter or cursor gives it. Raises INVALID_ARGUMENT naming the field."""
    _check(value, 1, path)


def _check(value: Any, depth: int, path: FieldPath) -> int:
    kind = value.WhichOneof("value_type")
    if kind == "string_value":
        size = len(value.string_value.encode()) + 1
        if size > MAX_VALUE_BYTES:
            raise invalid(f'The value of property "{format_field_path(path)}" is longer than {MAX_VALUE_BYTES} bytes.')
        return size
    if kind in {"integer_value", "double_value"}:
        return 8
    if kind in {"boolean_value", "null_value"}:
        return 1
    if kind == "map_value":
        return _check_map(value, depth, path)
    if kind == "array_value":
        if depth > MAX_DEPTH:
            raise _too_deep(path)
        size = 0
        for element in value.array_value.values:
            if element.WhichOneof("value_type") == "array_value":
                raise invalid(
                    f'Cannot convert an array value in an array value: property "{format_field_path(path)}" contains '
                    "an invalid nested entity."
                )
            size += _check(element, depth + 1, path)
        return size
    if kind == "timestamp_value":
        stamp = value.timestamp_value
        if not (_FIRST_SECOND <= stamp.seconds <= _LAST_SECOND and 0 <= stamp.nanos < 1_000_000_000):
            raise invalid(f'The timestamp of property "{format_field_path(path)}" is outside the years 1 to 9999.')
        stamp.nanos -= stamp.nanos % 1000
        return 8
    if kind == "bytes_value":
        if len(value.bytes_value) > MAX_VALUE_BYTES:
            raise invalid(f'The value of property "{format_field_path(path)}" is longer than {MAX_VALUE_BYTES} bytes.')
        return len(value.bytes_value)
    if kind == "geo_point_value":
        point = value.geo_point_value
        if not (-90 <= point.latitude <= 90 and -180 <= point.longitude <= 180):
            raise invalid(f'The geo point of property "{format_field_path(path)}" is outside ±90 and ±180 degrees.')
        return 16
    if kind == "reference_value":
        parse_document(value.reference_value)
        return name_size(value.reference_value)
    raise invalid(f'The value of property "{format_field_path(path)}" has no type a document can hold.')


def _check_map(value: Any, depth: int, path: FieldPath) -> int:
    if depth > MAX_DEPTH:
        raise _too_deep(path)
    fields = value.map_value.fields
    if "__type__" in fields:
        if not is_vector(value) or fields["value"].WhichOneof("value_type") != "array_value":
            raise invalid(f'Property "{format_field_path(path)}" holds a "__type__" that is not a vector.')
        elements = fields["value"].array_value.values
        if any(element.WhichOneof("value_type") not in {"double_value", "integer_value"} for element in elements):
            raise invalid(f'The vector in property "{format_field_path(path)}" holds something that is not a number.')
        return 8 * len(elements) + 64
    size = 32
    for field, member in fields.items():
        inner = (*path, field)
        check_field_name(field, format_field_path(inner) if field else format_field_path(path))
        size += len(field.encode()) + 1 + _check(member, depth + 1, inner)
    return size


def _too_deep(path: FieldPath) -> Exception:
    return invalid(f'Property "{format_field_path(path)}" is nested deeper than the {MAX_DEPTH} levels allowed.')


def get(fields: Any, path: FieldPath) -> Any | None:
    """The value at a field path, or None. `fields` is the document's top-level map."""
    last = len(path) - 1
    for index, segment in enumerate(path):
        if segment not in fields:
            return None
        value = fields[segment]
        if index == last:
            return value
        if value.WhichOneof("value_type") != "map_value":
            return None
        fields = value.map_value.fields
    return None


def put(fields: Any, path: FieldPath, value: Any) -> None:
    """Set the value at a field path; what is not a map on the way becomes one."""
    for segment in path[:-1]:
        step = fields[segment]
        if step.WhichOneof("value_type") != "map_value":
            step.map_value.SetInParent()
        fields = step.map_value.fields
    fields[path[-1]].CopyFrom(value)


def remove(fields: Any, path: FieldPath) -> None:
    """Delete the value at a field path, if it is there."""
    for segment in path[:-1]:
        if segment not in fields or fields[segment].WhichOneof("value_type") != "map_value":
            return
        fields = fields[segment].map_value.fields
    if path[-1] in fields:
        del fields[path[-1]]


def merge(fields: Any, given: Any, mask: Sequence[FieldPath]) -> None:
    """Update `fields` with `given` at each path of `mask`; a path that `given` lacks is deleted."""
    for path in mask:
        value = get(given, path)
        if value is None:
            remove(fields, path)
        else:
            put(fields, path, value)


def check_mask(paths: Iterable[FieldPath]) -> None:
    """No path may lie within another. Raises INVALID_ARGUMENT naming both."""
    ordered = sorted(paths)
    for earlier, later in itertools.pairwise(ordered):
        if later[: len(earlier)] == earlier and later != earlier:
            raise invalid(
                f'The field paths "{format_field_path(earlier)}" and "{format_field_path(later)}" are in conflict: '
                "one contains the other."
            )


def project(fields: Any, mask: Sequence[FieldPath], target: Any) -> None:
    """Copy into `target` only what `mask` names."""
    for path in mask:
        value = get(fields, path)
        if value is not None:
            put(target, path, value)


def apply_transform(fields: Any, path: FieldPath, transform: Any, commit_time: int) -> Any:
    """Apply one field transform in place and return its result, as `WriteResult.transform_results` wants it.

    Source: `DocumentTransform.FieldTransform` of google/firestore/v1/write.proto.
    """
    kind = transform.WhichOneof("transform_type")
    current = get(fields, path)
    if kind == "set_to_server_value":
        result = Value(timestamp_value=timestamp(commit_time))
    elif kind == "increment":
        result = _increment(current, transform.increment)
    elif kind in {"maximum", "minimum"}:
        result = _extreme(current, getattr(transform, kind), larger=kind == "maximum")
    else:
        result = Value()
        elements = result.array_value.values
        result.array_value.SetInParent()
        before = current.array_value.values if current is not None and _is(current, "array_value") else ()
        operands = getattr(transform, kind).values
        if kind == "append_missing_elements":
            elements.extend(before)
            seen = {encode(element, None) for element in before}
            for operand in operands:
                key = encode(operand, None)
                if key not in seen:
                    seen.add(key)
                    elements.append(operand)
        else:
            unwanted = {encode(operand, None) for operand in operands}
            elements.extend(element for element in before if encode(element, None) not in unwanted)
        put(fields, path, result)
        return Value(null_value=0)
    put(fields, path, result)
    return result


def _is(value: Any | None, *kinds: str) -> bool:
    return value is not None and value.WhichOneof("value_type") in kinds


def number(value: Any) -> float:
    """The number a value holds, an int or a float."""
    if value.WhichOneof("value_type") == "integer_value":
        held: int = value.integer_value
        return held
    double: float = value.double_value
    return double


def _increment(current: Any | None, operand: Any) -> Any:
    if not _is(current, "integer_value", "double_value"):
        return Value.FromString(operand.SerializeToString())
    total = number(current) + number(operand)
    if isinstance(total, int):
        return Value(integer_value=min(max(total, _INT_MIN), _INT_MAX))
    return Value(double_value=total)


def _extreme(current: Any | None, operand: Any, *, larger: bool) -> Any:
    if current is None or not _is(current, "integer_value", "double_value"):
        return Value.FromString(operand.SerializeToString())
    held, given = number(current), number(operand)
    if math.isnan(held) or math.isnan(given):
        return Value(double_value=math.nan)
    wins = number_key(given) > number_key(held) if larger else number_key(given) < number_key(held)
    return Value.FromString((operand if wins else current).SerializeToString())
