"""Everything a database file holds, for tests that look for what must not be in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from localcloud.firestore.messages import Document
from localcloud.firestore.names import Database, document_name, read_path
from localcloud.firestore.store import FILE_NAME


def stored_documents(data_dir: FilePath) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, fields) of every document in every database of `data_dir`, replaced versions still kept included.

    Fields are plain Python: bytes stay bytes, a timestamp is (seconds, nanos), a geo point (latitude, longitude),
    a reference its name. Works while an engine runs on the directory.
    """
    connection = sqlite3.connect(f"file:{data_dir / FILE_NAME}?mode=ro", uri=True)
    try:
        databases = {
            number.to_bytes(4, "big"): Database(project, name)
            for number, project, name in connection.execute("SELECT id, project, name FROM databases")
        }
        for key, body in connection.execute("SELECT k, body FROM docs UNION ALL SELECT k, body FROM docs_old"):
            collection, at = read_path(key, 4)
            document, _ = read_path(key, at)
            yield document_name(databases[key[:4]], collection + document), _plain(Document.FromString(body).fields)
    finally:
        connection.close()


def _plain(fields: Any) -> dict[str, Any]:
    return {name: _value(value) for name, value in fields.items()}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value_type")
    if kind is None or kind == "null_value":
        return None
    held = getattr(value, kind)
    if kind == "map_value":
        return _plain(held.fields)
    if kind == "array_value":
        return [_value(element) for element in held.values]
    if kind == "timestamp_value":
        return (held.seconds, held.nanos)
    if kind == "geo_point_value":
        return (held.latitude, held.longitude)
    return held
