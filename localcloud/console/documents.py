"""A read-only look at Firestore, through the client the product uses."""

import math
import os
from datetime import datetime
from functools import cached_property
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, InvalidArgument, RetryError
from google.cloud import firestore
from google.cloud.firestore_v1.vector import Vector

TIMEOUT_SECONDS = 5.0
PAGE = 50
# JavaScript reads whole numbers exactly up to here; larger ones are shown as text.
EXACT = 2**53


class PathError(Exception):
    """The path is not one of a collection or document."""


class UnavailableError(Exception):
    """Firestore does not answer."""


class Documents:
    """Browses the database that `FIRESTORE_EMULATOR_HOST` names; never a real project."""

    def show(self, path: str, after: str | None = None) -> dict[str, Any]:
        """Return what lies at `path`: the root (``""``), a collection or a document.

        {path, kind: root|collection|document, collections: names of (sub)collections, documents: [{id, path, fields,
        createTime, updateTime}], next}. A collection comes in pages of 50; `next` is the `after` of the next page or
        None. A document that does not exist has no entry, but may have collections. Raises `PathError` and
        `UnavailableError`.
        """
        parts = path.split("/") if path else []
        try:
            if not parts:
                return {**_empty(path, "root"), "collections": self._names(self._client)}
            if len(parts) % 2 == 1:
                return self._collection(path, after)
            return self._document(path)
        except (InvalidArgument, ValueError):
            raise PathError("path is names separated by slashes, and Firestore does not allow one of these") from None
        except (GoogleAPICallError, RetryError) as error:
            raise UnavailableError(f"Firestore does not answer ({type(error).__name__})") from None

    def _collection(self, path: str, after: str | None) -> dict[str, Any]:
        collection = self._client.collection(path)
        query = collection.order_by("__name__").limit(PAGE + 1)
        if after:
            query = query.start_after({"__name__": collection.document(after)})
        found = list(query.stream(retry=None, timeout=TIMEOUT_SECONDS))
        shown = found[:PAGE]
        following = shown[-1].id if len(found) > PAGE else None
        return {**_empty(path, "collection"), "documents": [_shown(each) for each in shown], "next": following}

    def _document(self, path: str) -> dict[str, Any]:
        reference = self._client.document(path)
        snapshot = reference.get(retry=None, timeout=TIMEOUT_SECONDS)
        documents = [_shown(snapshot)] if snapshot.exists else []
        return {**_empty(path, "document"), "documents": documents, "collections": self._names(reference)}

    def _names(self, parent: Any) -> list[str]:
        return sorted(each.id for each in parent.collections(retry=None, timeout=TIMEOUT_SECONDS))

    @cached_property
    def _client(self) -> Any:
        if not os.environ.get("FIRESTORE_EMULATOR_HOST"):
            raise UnavailableError("FIRESTORE_EMULATOR_HOST is not set, and the console reads no real project")
        return firestore.Client(project=os.environ.get("GOOGLE_CLOUD_PROJECT", "consentmd-local"))


def readable(value: Any) -> Any:
    """Return a stored value as JSON can carry it; sealed values (bytes) only by their size."""
    match value:
        case bytes():
            return f"<sealed {len(value)} bytes>"
        case datetime():
            return value.isoformat()
        case float() if not math.isfinite(value):
            return str(value)
        case int() if not -EXACT <= value <= EXACT:
            return str(value)
        case Vector():
            return list(value)
        case list():
            return [readable(each) for each in value]
        case dict():
            return {name: readable(each) for name, each in value.items()}
        case firestore.DocumentReference():
            return f"→ {value.path}"
        case firestore.GeoPoint():
            return {"latitude": value.latitude, "longitude": value.longitude}
    return value


def _shown(snapshot: Any) -> dict[str, Any]:
    return {
        "id": snapshot.id,
        "path": snapshot.reference.path,
        "fields": readable(snapshot.to_dict()),
        "createTime": snapshot.create_time.isoformat(),
        "updateTime": snapshot.update_time.isoformat(),
    }


def _empty(path: str, kind: str) -> dict[str, Any]:
    return {"path": path, "kind": kind, "collections": [], "documents": [], "next": None}
