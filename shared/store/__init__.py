"""The store: typed documents, a unit of work over Firestore, field encryption, queries, audit and outbox."""

from shared.store.document import Document, Exact, Sealed, Value, Words, new_id
from shared.store.query import Page, PageInfo, Paging, Query
from shared.store.unit import Conflicted, Unit

__all__ = [
    "Conflicted",
    "Document",
    "Exact",
    "Page",
    "PageInfo",
    "Paging",
    "Query",
    "Sealed",
    "Unit",
    "Value",
    "Words",
    "new_id",
]
