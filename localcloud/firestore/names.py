"""Resource names and field paths: parsing, the service's rules, and their order-preserving keys.

A document name is `projects/P/databases/D/documents/c1/d1/c2/d2...`. Inside the engine it is a database and a
tuple of segments, and a key of bytes in which every segment is self-delimiting, so that keys sort as names do:
segment by segment, numeric ids (`__id7__`) before text, text by its UTF-8 bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from localcloud.firestore.errors import invalid

FieldPath: TypeAlias = tuple[str, ...]
Path: TypeAlias = tuple[str, ...]

DOCUMENT_ID: FieldPath = ("__name__",)
MAX_ID_BYTES = 1500
MAX_PATH_BYTES = 6144
MAX_SEGMENTS = 200

_NUMERIC_ID = re.compile(r"__id(-?\d+)__")
_RESERVED = re.compile(r"__.*__", re.DOTALL)
_SIMPLE_FIELD = re.compile(r"[a-zA-Z_][a-zA-Z_0-9]*")
_QUOTED_FIELD = re.compile(r"`((?:[^`\\]|\\.)+)`", re.DOTALL)
_PROJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]{0,99}")
_DATABASE = re.compile(r"\(default\)|[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_ESCAPED = {"`": "\\`", "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class Database:
    """One database of one project."""

    project: str
    name: str

    @property
    def root(self) -> str:
        """The name every document of this database hangs under."""
        return f"projects/{self.project}/databases/{self.name}/documents"


@lru_cache(maxsize=256)
def parse_database(name: str) -> Database:
    """`projects/P/databases/D`. Raises INVALID_ARGUMENT."""
    parts = name.split("/")
    if len(parts) != 4 or parts[0] != "projects" or parts[2] != "databases":
        raise invalid(f'Invalid database name "{name}": it has the form projects/PROJECT/databases/DATABASE.')
    return _database(name, parts[1], parts[3])


def _database(name: str, project: str, database: str) -> Database:
    if not _PROJECT.fullmatch(project):
        raise invalid(f'Invalid project id in resource name "{name}".')
    if not _DATABASE.fullmatch(database):
        raise invalid(f'Invalid database id in resource name "{name}".')
    return Database(project, database)


def _split(name: str, what: str) -> tuple[Database, Path]:
    parts = name.split("/")
    for index, expected in ((0, "projects"), (2, "databases"), (4, "documents")):
        if len(parts) <= index or parts[index] != expected:
            raise invalid(f'{what} name "{name}" lacks "{expected}" at index {index}.')
    database = _database(name, parts[1], parts[3])
    path = tuple(parts[5:])
    if len(path) > MAX_SEGMENTS:
        raise invalid(f'{what} name "{name[:100]}..." has more than {MAX_SEGMENTS // 2} subcollection levels.')
    for index, segment in enumerate(path):
        check_id(segment, "Collection id" if index % 2 == 0 else "Resource id")
    if len(name.encode()) > MAX_PATH_BYTES:
        raise invalid(f"{what} name is longer than {MAX_PATH_BYTES} bytes.")
    return database, path


@lru_cache(maxsize=4096)
def parse_document(name: str) -> tuple[Database, Path]:
    """A document's database and path. Raises INVALID_ARGUMENT."""
    database, path = _split(name, "Document")
    if not path or len(path) % 2:
        raise invalid(f'Document name "{name}" does not name a document: it has an odd number of path segments.')
    return database, path


@lru_cache(maxsize=1024)
def parse_parent(name: str) -> tuple[Database, Path]:
    """The parent of collections: a document, or the database's root (an empty path). Raises INVALID_ARGUMENT."""
    database, path = _split(name, "Document parent")
    if len(path) % 2:
        raise invalid(f'Document parent name "{name}" does not name a document: it has an odd number of path segments.')
    return database, path


def check_id(segment: str, what: str) -> None:
    """The rules for collection and document ids. Raises INVALID_ARGUMENT."""
    if not segment:
        raise invalid(f"{what} is empty: every segment of a path must have at least one character.")
    if segment in {".", ".."}:
        raise invalid(f'{what} "{segment}" is invalid: it cannot be "." or "..".')
    if "/" in segment:
        raise invalid(f'{what} "{segment}" is invalid because it contains "/".')
    if len(segment) > MAX_ID_BYTES // 4 and len(segment.encode()) > MAX_ID_BYTES:
        raise invalid(f"{what} is longer than {MAX_ID_BYTES} bytes.")
    if segment.startswith("__") and _RESERVED.fullmatch(segment) and not _NUMERIC_ID.fullmatch(segment):
        raise invalid(f'{what} "{segment}" is invalid because it is reserved.')


def document_name(database: Database, path: Path) -> str:
    """The full resource name of a document."""
    return f"{database.root}/{'/'.join(path)}"


@lru_cache(maxsize=8192)
def segment_key(segment: str) -> bytes:
    """One segment as self-delimiting, order-preserving bytes."""
    numeric = _NUMERIC_ID.fullmatch(segment)
    if numeric and -(2**63) <= int(numeric[1]) < 2**63:
        return b"\x10" + (int(numeric[1]) + 2**63).to_bytes(8, "big")
    return b"\x20" + segment.encode().replace(b"\0", b"\0\xff") + b"\0\x01"


@lru_cache(maxsize=8192)
def path_key(path: Path) -> bytes:
    """A path's segments, without an end mark: the key of a descendant starts with its ancestor's."""
    return b"".join(map(segment_key, path))


def read_path(key: bytes, at: int = 0) -> tuple[Path, int]:
    """The path written in `key` from `at` up to its end mark, and the position after the mark."""
    path: list[str] = []
    while key[at]:
        if key[at] == 0x10:
            path.append(f"__id{int.from_bytes(key[at + 1 : at + 9], 'big') - 2**63}__")
            at += 9
        else:
            end = key.index(b"\0\x01", at + 1)
            path.append(key[at + 1 : end].replace(b"\0\xff", b"\0").decode())
            at = end + 2
    return tuple(path), at + 1


@lru_cache(maxsize=8192)
def parse_field_path(text: str) -> FieldPath:
    """A dotted field path with `backquoted` segments where needed. Raises INVALID_ARGUMENT naming the path."""
    segments: list[str] = []
    at = 0
    while True:
        match = _SIMPLE_FIELD.match(text, at) or _QUOTED_FIELD.match(text, at)
        if match is None:
            raise invalid(f'Invalid property path "{text}".')
        quoted = match.lastindex == 1
        segments.append(re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL) if quoted else match[0])
        at = match.end()
        if at == len(text):
            break
        if text[at] != ".":
            raise invalid(f'Invalid property path "{text}".')
        at += 1
    path = tuple(segments)
    if path != DOCUMENT_ID:
        for segment in path:
            check_field_name(segment, text)
    if len(text.encode()) > MAX_ID_BYTES:
        raise invalid(f'Property path "{text[:60]}..." is longer than {MAX_ID_BYTES} bytes.')
    return path


def check_field_name(name: str, where: str) -> None:
    """The rules for one field name. Raises INVALID_ARGUMENT naming the field."""
    if not name:
        raise invalid(f'The field path "{where}" has an empty field name.')
    if name.startswith("__") and _RESERVED.fullmatch(name):
        raise invalid(f'The field name "{name}" in "{where}" is reserved: names of the form __*__ cannot be used.')
    if len(name) > MAX_ID_BYTES // 4 and len(name.encode()) > MAX_ID_BYTES:
        raise invalid(f'The field name "{name[:60]}..." is longer than {MAX_ID_BYTES} bytes.')


def format_field_path(path: FieldPath) -> str:
    """The dotted text of a field path, quoted where needed."""
    return ".".join(
        segment
        if _SIMPLE_FIELD.fullmatch(segment)
        else "`" + "".join(_ESCAPED.get(character, character) for character in segment) + "`"
        for segment in path
    )
