"""PartitionQuery: cut points of a collection group, so that several readers can share it."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from localcloud.firestore.counters import Cost
from localcloud.firestore.documents import open_read
from localcloud.firestore.errors import invalid
from localcloud.firestore.execute import Execution
from localcloud.firestore.messages import StructuredQuery, message
from localcloud.firestore.names import DOCUMENT_ID, Path, document_name
from localcloud.firestore.query import parse_query
from localcloud.firestore.state import State

MIN_PARTITION = 128
"""Documents between two cut points at least, as in the service."""

_ASCENDING = StructuredQuery.Direction.ASCENDING


def partition_query(state: State, request: Any, cost: Cost) -> bytes:
    """PartitionQuery. Reads the group's names, no documents: one index entry for each document.

    Source: `PartitionQueryRequest` of google/firestore/v1/firestore.proto.
    """
    if request.WhichOneof("query_type") != "structured_query":
        raise invalid("The request has no structured_query.")
    if request.partition_count <= 0:
        raise invalid("partition_count must be greater than zero.")
    if request.page_size < 0:
        raise invalid("page_size is negative.")
    given = request.structured_query
    query = parse_query(request.parent, given)
    plain = not (given.HasField("where") or given.HasField("limit") or given.offset or query.start or query.end)
    by_name = len(given.order_by) == 1 and query.orders[0].path == DOCUMENT_ID
    if not (query.descendants and plain and by_name and given.order_by[0].direction == _ASCENDING):
        raise invalid(
            "A query to partition must be of a collection group (all_descendants), ordered by __name__ ascending, "
            "without filters, cursors, offset or limit."
        )
    if query.parent:
        raise invalid("A query to partition has the database's root as its parent.")
    at, _, _ = open_read(state, query.database, request)
    skip = 0
    if request.page_token:
        # The pages of one answer are cut from one snapshot.
        at, skip = _decode_token(request.page_token)
        state.store.check_history(at)
    execution = Execution(state, query, at, cost, names_only=True)
    candidates = [
        execution.path(hit) for count, hit in enumerate(execution.hits()) if count and count % MIN_PARTITION == 0
    ]
    points = _spread(candidates, request.partition_count)
    size = request.page_size or len(points)
    answer = message("PartitionQueryResponse")()
    for path in points[skip : skip + size]:
        answer.partitions.add().values.add().reference_value = document_name(query.database, path)
    if skip + size < len(points):
        answer.next_page_token = base64.urlsafe_b64encode(f"{at}:{skip + size}".encode()).decode()
    return bytes(answer.SerializeToString())


def _spread(candidates: list[Path], count: int) -> list[Path]:
    """At most `count` of the candidates, evenly."""
    if len(candidates) <= count:
        return candidates
    return [candidates[(number + 1) * len(candidates) // (count + 1)] for number in range(count)]


def _decode_token(token: str) -> tuple[int, int]:
    try:
        at, skip = base64.b64decode(token.encode(), altchars=b"-_", validate=True).split(b":")
        return int(at), int(skip)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise invalid("page_token is not one this service gave out.") from None
