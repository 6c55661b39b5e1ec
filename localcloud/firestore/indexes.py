"""Which indexes exist, and the entries a document has in them.

Index definitions are read from Google's `firestore.indexes.json` format and apply to every project and database.
An entry is one key; the document it points to is named by the key's tail:

    PATH       db · full path                                   every document, in path order
    GROUP      db · collection id · full path                   every document of a collection group
    FIELD      db · collection · field · value · id             automatic single-field index (read either way)
    ARRAY      db · collection · field · element · id           automatic array-contains index
    COMPOSITE  index · db · [collection] · values... · tail     defined index; tail is the id, or the path for groups

A collection's key ends with a zero byte, so that its subcollections never lie between its documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from localcloud.firestore.encoding import encode, invert, is_vector, text_key
from localcloud.firestore.errors import StatusError
from localcloud.firestore.names import (
    DOCUMENT_ID,
    FieldPath,
    Path,
    format_field_path,
    parse_field_path,
    path_key,
    segment_key,
)
from localcloud.firestore.values import get

PATH, GROUP, FIELD, ARRAY, COMPOSITE = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"
ASCENDING, DESCENDING, CONTAINS = "ASCENDING", "DESCENDING", "CONTAINS"
COLLECTION, COLLECTION_GROUP = "COLLECTION", "COLLECTION_GROUP"
AUTOMATIC = frozenset({ASCENDING, DESCENDING, CONTAINS})

_END = b"\0"


class IndexFileError(Exception):
    """The index file cannot be used; the message says where and why."""


class IndexField(NamedTuple):
    """One field of an index and how it is ordered."""

    path: FieldPath
    mode: str


@dataclass(frozen=True, slots=True)
class Index:
    """A defined index (composite, or a single field at collection-group scope)."""

    group: str
    scope: str
    fields: tuple[IndexField, ...]
    name_descending: bool = False
    internal: bool = False  # kept for the TTL sweep, never used by queries
    id: int = 0

    @property
    def prefix(self) -> bytes:
        """What every key of this index starts with."""
        return COMPOSITE + self.id.to_bytes(4, "big")

    @property
    def definition(self) -> str:
        """The index as canonical text, by which it is recognised across restarts."""
        fields = [[format_field_path(item.path), item.mode] for item in self.fields]
        return json.dumps([self.group, self.scope, fields, self.name_descending, self.internal])


@dataclass(slots=True)
class IndexConfig:
    """Every index of the engine, by collection group."""

    indexes: dict[str, list[Index]] = field(default_factory=dict)
    overrides: dict[str, dict[FieldPath, frozenset[str]]] = field(default_factory=dict)
    ttl: dict[str, Index] = field(default_factory=dict)

    def add(self, index: Index) -> None:
        """Register one index."""
        self.indexes.setdefault(index.group, []).append(index)

    def automatic(self, group: str, path: FieldPath) -> frozenset[str]:
        """The automatic index modes of a field; the closest override of it or of a map around it decides."""
        overrides = self.overrides.get(group)
        if overrides:
            for length in range(len(path), -1, -1):
                modes = overrides.get(path[:length])
                if modes is not None:
                    return modes
        return AUTOMATIC

    def fingerprint(self, group: str) -> str:
        """Changes whenever the entries of the group's documents do."""
        definitions = sorted(index.definition for index in self.indexes.get(group, []))
        overrides = sorted(
            [list(path), FIELD.hex() if modes & {ASCENDING, DESCENDING} else "", CONTAINS if CONTAINS in modes else ""]
            for path, modes in self.overrides.get(group, {}).items()
        )
        return json.dumps([definitions, overrides])

    def groups(self) -> set[str]:
        """Collection groups with anything defined."""
        return {*self.indexes, *self.overrides}

    def with_ids(self, ids: dict[str, int]) -> IndexConfig:
        """The same with stored index ids, by definition."""
        numbered = {
            group: [replace(index, id=ids[index.definition]) for index in indexes]
            for group, indexes in self.indexes.items()
        }
        ttl = {group: replace(index, id=ids[index.definition]) for group, index in self.ttl.items()}
        return IndexConfig(numbered, self.overrides, ttl)


def load(file: FilePath | None) -> IndexConfig:
    """Read a `firestore.indexes.json`. Raises `IndexFileError` naming the entry that is wrong."""
    config = IndexConfig()
    if file is None:
        return config
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as problem:
        raise IndexFileError(f"The index file {file} does not exist.") from problem
    except (OSError, ValueError) as problem:
        raise IndexFileError(f"The index file {file} cannot be read as JSON: {problem}") from problem
    seen: set[str] = set()
    for number, entry in enumerate(_list(content, "indexes", file)):
        index = _read_index(entry, f"{file}: indexes[{number}]")
        if index.definition not in seen:
            seen.add(index.definition)
            config.add(index)
    for number, entry in enumerate(_list(content, "fieldOverrides", file)):
        _read_override(config, entry, f"{file}: fieldOverrides[{number}]")
    return config


def _list(content: Any, name: str, file: FilePath) -> list[Any]:
    entries = content.get(name, []) if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise IndexFileError(f'{file}: "{name}" must be a list in an object.')
    return entries


def _text(entry: Any, name: str, where: str, default: str | None = None) -> str:
    value = entry.get(name, default) if isinstance(entry, dict) else None
    if not isinstance(value, str) or not value:
        raise IndexFileError(f'{where}: "{name}" is missing.')
    return value


def _field_path(text: str, where: str) -> FieldPath:
    try:
        return parse_field_path(text)
    except StatusError as problem:
        raise IndexFileError(f"{where}: {problem.message}") from problem


def _mode(entry: Any, where: str) -> str:
    mode = entry.get("order") or entry.get("arrayConfig") if isinstance(entry, dict) else None
    if mode not in AUTOMATIC:
        raise IndexFileError(f'{where}: a field needs "order" ASCENDING or DESCENDING, or "arrayConfig" CONTAINS.')
    return str(mode)


def _scope(entry: Any, where: str) -> str:
    scope = _text(entry, "queryScope", where, COLLECTION)
    if scope not in {COLLECTION, COLLECTION_GROUP}:
        raise IndexFileError(f'{where}: "queryScope" must be COLLECTION or COLLECTION_GROUP.')
    return scope


def _read_index(entry: Any, where: str) -> Index:
    group = _text(entry, "collectionGroup", where)
    scope = _scope(entry, where)
    fields: list[IndexField] = []
    listed = entry.get("fields")
    if not isinstance(listed, list) or not listed:
        raise IndexFileError(f'{where}: "fields" must be a list of at least one field.')
    for number, item in enumerate(listed):
        inside = f"{where}.fields[{number}]"
        fields.append(IndexField(_field_path(_text(item, "fieldPath", inside), inside), _mode(item, inside)))
    if sum(item.mode == CONTAINS for item in fields) > 1:
        raise IndexFileError(f"{where}: an index takes at most one array field.")
    last = fields[-1]
    if last.path == DOCUMENT_ID:
        fields.pop()
    if not fields or any(item.path == DOCUMENT_ID for item in fields):
        raise IndexFileError(f"{where}: __name__ can only stand last, after other fields.")
    return Index(group, scope, tuple(fields), name_descending=last.mode == DESCENDING)


def _read_override(config: IndexConfig, entry: Any, where: str) -> None:
    group = _text(entry, "collectionGroup", where)
    text = _text(entry, "fieldPath", where)
    path = () if text == "*" else _field_path(text, where)
    if entry.get("ttl"):
        if group in config.ttl:
            raise IndexFileError(f'{where}: collection group "{group}" has a TTL field already.')
        ttl = Index(group, COLLECTION_GROUP, (IndexField(path, ASCENDING),), internal=True)
        config.ttl[group] = ttl
        config.add(ttl)
    listed = entry.get("indexes")
    if listed is None:
        return
    if not isinstance(listed, list):
        raise IndexFileError(f'{where}: "indexes" must be a list.')
    modes: set[str] = set()
    for number, item in enumerate(listed):
        inside = f"{where}.indexes[{number}]"
        mode = _mode(item, inside)
        if _scope(item, inside) == COLLECTION:
            modes.add(mode)
        else:
            single = IndexField(path, mode)
            config.add(Index(group, COLLECTION_GROUP, (single,), name_descending=mode == DESCENDING))
    config.overrides.setdefault(group, {})[path] = frozenset(modes)


@lru_cache(maxsize=4096)
def field_key(path: FieldPath) -> bytes:
    """A field path inside an index key."""
    return b"".join(map(text_key, path)) + _END


@lru_cache(maxsize=4096)
def collection_key(path: Path) -> bytes:
    """A collection inside a key: everything in it, and nothing else, starts with this (after the database)."""
    return path_key(path) + _END


def id_key(segment: str) -> bytes:
    """A document id at the end of a key."""
    return segment_key(segment) + _END


def document_key(database: bytes, path: Path) -> bytes:
    """A document's own key: database, collection, id."""
    return database + collection_key(path[:-1]) + id_key(path[-1])


def entries_of(
    config: IndexConfig, database: bytes, path: Path, fields: Any, changed: set[str] | None = None
) -> dict[bytes, int]:
    """The index entries of a document: each key, with the length of its tail.

    With `changed` (names of top-level fields) only the entries that depend on one of these; without, all of them.
    """
    entries: dict[bytes, int] = {}
    group = path[-2]
    whole = path_key(path) + _END
    if changed is None:
        entries[PATH + database + whole] = len(whole)
        entries[GROUP + database + segment_key(group) + whole] = len(whole)
    collection = collection_key(path[:-1])
    tail = id_key(path[-1])
    overrides = config.overrides.get(group)
    _add_fields(config, group, overrides is not None, database + collection, tail, fields, changed, entries)
    for index in config.indexes.get(group, ()):
        if changed is not None and not any(item.path[0] in changed for item in index.fields):
            continue
        grouped = index.scope == COLLECTION_GROUP
        end = whole if grouped else tail
        if index.name_descending:
            end = invert(end)
        start = index.prefix + database + (b"" if grouped else collection)
        for middle in _composite_values(index, fields):
            entries[start + middle + end] = len(end)
    return entries


def _add_fields(
    config: IndexConfig,
    group: str,
    overridden: bool,
    scope: bytes,
    tail: bytes,
    fields: Any,
    changed: set[str] | None,
    entries: dict[bytes, int],
) -> None:
    size = len(tail)
    pending: list[tuple[FieldPath, Any]] = [
        ((name,), value) for name, value in fields.items() if changed is None or name in changed
    ]
    while pending:
        path, value = pending.pop()
        kind = value.WhichOneof("value_type")
        if kind == "map_value" and not is_vector(value):
            pending += [((*path, name), member) for name, member in value.map_value.fields.items()]
        modes = config.automatic(group, path) if overridden else AUTOMATIC
        if not modes:
            continue
        key = scope + field_key(path)
        if ASCENDING in modes or DESCENDING in modes:
            entries[FIELD + key + encode(value) + tail] = size
        if kind == "array_value" and CONTAINS in modes:
            for element in value.array_value.values:
                entries[ARRAY + key + encode(element) + tail] = size


def _composite_values(index: Index, fields: Any) -> Iterator[bytes]:
    parts: list[list[bytes]] = []
    for path, mode in index.fields:
        value = get(fields, path)
        if value is None:
            return
        if mode == CONTAINS:
            if value.WhichOneof("value_type") != "array_value":
                return
            parts.append([encode(element) for element in value.array_value.values])
        else:
            key = encode(value)
            parts.append([invert(key) if mode == DESCENDING else key])
    keys = [b""]
    for part in parts:
        keys = [key + value for key in keys for value in part]
    yield from keys
