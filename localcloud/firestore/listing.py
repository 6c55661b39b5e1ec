"""ListDocuments and ListCollectionIds: paging through names."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from localcloud.firestore.counters import Cost
from localcloud.firestore.documents import note_read, open_read, request_mask, wire
from localcloud.firestore.errors import invalid
from localcloud.firestore.execute import Execution
from localcloud.firestore.indexes import PATH, document_key
from localcloud.firestore.messages import Document, StructuredQuery, field_bytes
from localcloud.firestore.names import (
    DOCUMENT_ID,
    Path,
    check_id,
    document_name,
    format_field_path,
    parse_field_path,
    parse_parent,
    path_key,
    read_path,
    segment_key,
)
from localcloud.firestore.query import Query, parse_query
from localcloud.firestore.state import State
from localcloud.firestore.values import get

DEFAULT_PAGE = 100
MAX_PAGE = 1000

_BEYOND_SEGMENTS = b"\xff"


def page_size(given: int) -> int:
    """A usable page size. Raises INVALID_ARGUMENT when negative."""
    if given < 0:
        raise invalid("page_size is negative.")
    return min(given or DEFAULT_PAGE, MAX_PAGE)


def _decode_token(token: str) -> bytes:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise invalid("page_token is not one this service gave out.") from None


def _encode_token(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw)


def list_collection_ids(state: State, request: Any, cost: Cost) -> bytes:
    """ListCollectionIds: one index entry is read for each collection, whatever it holds."""
    database, parent = parse_parent(request.parent)
    at, _, _ = open_read(state, database, request)
    prefix = state.store.database(database)
    size = page_size(request.page_size)
    found: list[str] = []
    if prefix is not None:
        above = PATH + prefix + path_key(parent)
        low = above + (_decode_token(request.page_token) or b"\x01")
        while len(found) <= size:
            rows = state.store.scan_entries(low, above + _BEYOND_SEGMENTS, at, 1, cost)
            if not rows:
                break
            path, _ = read_path(rows[0][0], len(PATH) + len(prefix))
            found.append(path[len(parent)])
            low = above + segment_key(found[-1]) + _BEYOND_SEGMENTS
    answer = b"".join(field_bytes(1, each.encode()) for each in found[:size])
    if len(found) > size:
        answer += field_bytes(2, _encode_token(segment_key(found[size])))
    return answer


def list_documents(state: State, request: Any, cost: Cost) -> bytes:
    """ListDocuments, also of missing documents that have descendants (`show_missing`)."""
    _, parent = parse_parent(request.parent)
    if request.collection_id:
        check_id(request.collection_id, "Collection id")
    if request.show_missing:
        if request.order_by:
            raise invalid("show_missing cannot be combined with order_by.")
        if not request.collection_id:
            raise invalid("show_missing needs a collection_id.")
        return _with_missing(state, request, cost)
    if not request.collection_id:
        return _all_collections(state, request, cost)
    return _by_query(state, request, (*parent, request.collection_id), cost)


def _with_missing(state: State, request: Any, cost: Cost) -> bytes:
    database, parent = parse_parent(request.parent)
    mask = request_mask(request)
    at, transaction, _ = open_read(state, database, request)
    prefix = state.store.database(database)
    size = page_size(request.page_size)
    answer = b""
    if prefix is None:
        return answer
    collection = (*parent, request.collection_id)
    above = PATH + prefix + path_key(collection)
    low = above + (_decode_token(request.page_token) or b"\x01")
    for count in range(size + 1):
        rows = state.store.scan_entries(low, above + _BEYOND_SEGMENTS, at, 1, cost)
        if not rows:
            break
        found, _ = read_path(rows[0][0], len(PATH) + len(prefix))
        path = found[: len(collection) + 1]
        segment = segment_key(path[-1])
        if count == size:
            answer += field_bytes(2, _encode_token(segment))
            break
        key = document_key(prefix, path)
        stored = state.store.get(key, at, cost)
        note_read(transaction, key, stored)
        name = document_name(database, path)
        answer += field_bytes(1, wire(name, stored, mask) if stored else field_bytes(1, name.encode()))
        low = above + segment + _BEYOND_SEGMENTS
    return answer


def _all_collections(state: State, request: Any, cost: Cost) -> bytes:
    """Without a collection id: the documents of every collection right under the parent, in path order."""
    database, parent = parse_parent(request.parent)
    if request.order_by:
        raise invalid("order_by needs a collection_id.")
    mask = request_mask(request)
    at, transaction, _ = open_read(state, database, request)
    prefix = state.store.database(database)
    size = page_size(request.page_size)
    answer = b""
    if prefix is None:
        return answer
    above = PATH + prefix + path_key(parent)
    low = above + (_decode_token(request.page_token) or b"\x01")
    count = 0
    while True:
        rows = state.store.scan_entries(low, above + _BEYOND_SEGMENTS, at, 1, cost)
        if not rows:
            return answer
        found, _ = read_path(rows[0][0], len(PATH) + len(prefix))
        own = path_key(found[len(parent) : len(parent) + 2])
        if len(found) == len(parent) + 2:
            if count == size:
                return answer + field_bytes(2, _encode_token(own))
            key = document_key(prefix, found)
            stored = state.store.get(key, at, cost)
            note_read(transaction, key, stored)
            if stored is not None:
                answer += field_bytes(1, wire(document_name(database, found), stored, mask))
            count += 1
        low = above + own + _BEYOND_SEGMENTS


def _order_by(text: str) -> list[tuple[str, bool]]:
    orders: list[tuple[str, bool]] = []
    for part in text.split(","):
        words = part.split()
        if not 1 <= len(words) <= 2 or (len(words) == 2 and words[1].lower() not in {"asc", "desc"}):
            raise invalid('order_by must be of the form "field, other desc".')
        orders.append((words[0], len(words) == 2 and words[1].lower() == "desc"))
    return orders


def _by_query(state: State, request: Any, collection: Path, cost: Cost) -> bytes:
    given = StructuredQuery()
    given.from_.add().collection_id = collection[-1]
    direction = StructuredQuery.Direction
    for text, descending in _order_by(request.order_by) if request.order_by else []:
        parse_field_path(text)
        order = given.order_by.add()
        order.field.field_path = text
        order.direction = direction.DESCENDING if descending else direction.ASCENDING
    size = page_size(request.page_size)
    given.limit.value = size + 1
    plain = parse_query(request.parent, given)
    if request.page_token:
        try:
            given.start_at.MergeFromString(_decode_token(request.page_token))
        except Exception:
            raise invalid("page_token is not one this service gave out.") from None
    query = parse_query(request.parent, given)
    mask = request_mask(request)
    at, transaction, _ = open_read(state, query.database, request)
    execution = Execution(state, query, at, cost)
    answer = b""
    for count, hit in enumerate(execution.hits()):
        stored = execution.read(hit)
        path = execution.path(hit)
        if stored is None:
            raise RuntimeError("an index entry points to no document")
        if count == size:
            answer += field_bytes(2, _encode_token(_cursor(plain, path, stored.body)))
            break
        note_read(transaction, execution.key(hit), stored)
        answer += field_bytes(1, wire(document_name(query.database, path), stored, mask))
    return answer


def _cursor(query: Query, path: Path, body: bytes) -> bytes:
    """A cursor that starts at a document, serialized."""
    holder = StructuredQuery()
    fields = Document.FromString(body).fields
    holder.start_at.before = True
    for order in query.orders:
        value = holder.start_at.values.add()
        if order.path == DOCUMENT_ID:
            value.reference_value = document_name(query.database, path)
        else:
            held = get(fields, order.path)
            if held is None:
                raise RuntimeError(f"an index on {format_field_path(order.path)} holds a document without it")
            value.CopyFrom(held)
    return bytes(holder.start_at.SerializeToString())
