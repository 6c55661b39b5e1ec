"""What the calls of one engine share."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.firestore.indexes import IndexConfig
from localcloud.firestore.store import Store
from localcloud.firestore.transactions import Transactions
from localcloud.firestore.writer import Writer


@dataclass(slots=True)
class State:
    """The parts of a running engine."""

    store: Store
    config: IndexConfig
    writer: Writer
    transactions: Transactions
