"""Firestore on this machine: the `google.firestore.v1` gRPC service over SQLite."""

from localcloud.firestore.indexes import IndexFileError
from localcloud.firestore.server import Engine, Server, serve
from localcloud.firestore.store import StoreError

__all__ = ["Engine", "IndexFileError", "Server", "StoreError", "serve"]
