"""The engine and its gRPC server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path as FilePath
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from localcloud.firestore import build, documents, listing, partition, queries
from localcloud.firestore.counters import Cost, Counters
from localcloud.firestore.errors import StatusError
from localcloud.firestore.indexes import load
from localcloud.firestore.listen import Hub
from localcloud.firestore.messages import message
from localcloud.firestore.state import State
from localcloud.firestore.store import Store, StoreError
from localcloud.firestore.transactions import Transactions
from localcloud.firestore.ttl import sweep
from localcloud.firestore.writer import Writer

MAX_REQUEST_BYTES = 10 * 1024 * 1024
SERVICE = "google.firestore.v1.Firestore"

_MAX_THREADS = 2_000  # a Listen stream keeps one for as long as it lives; threads are made as they are needed
_UPKEEP_SECONDS = 10.0

Unary: TypeAlias = Callable[[State, Any, Cost], bytes]
Stream: TypeAlias = Callable[[State, Any, Cost], Iterator[bytes]]

_UNARY: dict[str, Unary] = {
    "GetDocument": documents.get_document,
    "ListDocuments": listing.list_documents,
    "CreateDocument": documents.create_document,
    "UpdateDocument": documents.update_document,
    "DeleteDocument": documents.delete_document,
    "BeginTransaction": documents.begin_transaction,
    "Commit": documents.commit,
    "Rollback": documents.rollback,
    "BatchWrite": documents.batch_write,
    "ListCollectionIds": listing.list_collection_ids,
    "PartitionQuery": partition.partition_query,
}
_STREAMS: dict[str, Stream] = {
    "BatchGetDocuments": documents.batch_get_documents,
    "RunQuery": queries.run_query,
    "RunAggregationQuery": queries.run_aggregation_query,
}
_MISSING = {
    "ExecutePipeline": "stream",
    "Write": "bidirectional",
}

_log = logging.getLogger(__name__)


class Engine:
    """A Firestore on one data directory: storage, indexes, writer and upkeep, without the network."""

    def __init__(self, data_dir: FilePath | None, indexes: FilePath | None = None) -> None:
        """Open `data_dir` (None: nothing outlives the engine) and build the indexes of the file `indexes`.

        Raises `StoreError` or `IndexFileError` with a sentence.
        """
        config = load(indexes)
        store = Store(data_dir)
        try:
            config = build.apply(store, config)
        except BaseException:
            store.close()
            raise
        writer = Writer(store, config)
        transactions = Transactions(store)
        writer.before_batch = transactions.trim
        writer.after_commit = transactions.record
        self.hub = Hub()
        writer.observers.append(self.hub.publish)
        self.state = State(store, config, writer, transactions)
        self.counters = Counters()
        self._stopped = threading.Event()
        self._upkeep = threading.Thread(target=self._keep_up, name="firestore-upkeep", daemon=True)
        writer.start()
        self._upkeep.start()

    def _keep_up(self) -> None:
        while not self._stopped.wait(_UPKEEP_SECONDS):
            try:
                self.keep_up()
            except Exception:
                if not self._stopped.is_set():
                    _log.exception("upkeep failed; it will be tried again")

    def keep_up(self) -> None:
        """One round of upkeep: expired transactions, expired documents (TTL), history past its time."""
        self.state.transactions.expire()
        sweep(self.state)
        self.state.writer.prune()

    def stop(self) -> None:
        """Finish queued commits and close the database."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self.hub.close()
        self._upkeep.join()
        self.state.writer.stop()
        self.state.store.close()


class Server:
    """A running engine behind a loopback port."""

    def __init__(self, engine: Engine, port: int) -> None:
        """Serve `engine` on 127.0.0.1:`port` (0: a free one). Raises `StoreError` when the port is taken."""
        self.engine = engine
        self._server = grpc.server(
            ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="firestore"),
            options=[
                ("grpc.max_receive_message_length", 4 * MAX_REQUEST_BYTES),
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),
            ],
        )
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, self._handlers()),))
        try:
            self.port: int = self._server.add_insecure_port(f"127.0.0.1:{port}")
        except RuntimeError as problem:
            raise StoreError(f"Port {port} is taken by another program: choose another with --port.") from problem
        self._server.start()

    @property
    def counters(self) -> Counters:
        """What the calls so far have cost."""
        return self.engine.counters

    def stop(self) -> None:
        """Let running calls end for a moment, then stop everything."""
        stopped = self._server.stop(grace=1.0)
        self.engine.hub.close()
        stopped.wait()
        self.engine.stop()

    def _handlers(self) -> dict[str, Any]:
        handlers: dict[str, Any] = {}
        for name, unary in _UNARY.items():
            handlers[name] = grpc.unary_unary_rpc_method_handler(self._unary(name, unary))
        for name, stream in _STREAMS.items():
            handlers[name] = grpc.unary_stream_rpc_method_handler(self._stream(name, stream))
        handlers["Listen"] = grpc.stream_stream_rpc_method_handler(self._listen)
        makers = {
            "stream": grpc.unary_stream_rpc_method_handler,
            "bidirectional": grpc.stream_stream_rpc_method_handler,
        }
        for name, shape in _MISSING.items():
            handlers[name] = makers[shape](_refusal(name))
        return handlers

    def _unary(self, name: str, call: Unary) -> Callable[[bytes, Any], bytes]:
        parse = message(f"{name}Request").FromString
        state, counters = self.engine.state, self.engine.counters

        def handle(raw: bytes, context: Any) -> bytes:
            cost = Cost()
            try:
                answer = call(state, _parse(parse, raw), cost)
            except BaseException as problem:
                _abort(context, name, problem)
                raise
            finally:
                counters.record(name, cost)
                context.set_trailing_metadata(cost.metadata())
            return answer

        return handle

    def _stream(self, name: str, call: Stream) -> Callable[[bytes, Any], Iterator[bytes]]:
        parse = message(f"{name}Request").FromString
        state, counters = self.engine.state, self.engine.counters

        def handle(raw: bytes, context: Any) -> Iterator[bytes]:
            cost = Cost()
            try:
                yield from call(state, _parse(parse, raw), cost)
            except Exception as problem:
                _abort(context, name, problem)
                raise
            finally:
                counters.record(name, cost)
                context.set_trailing_metadata(cost.metadata())

        return handle

    def _listen(self, requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        parse = message("ListenRequest").FromString
        cost = Cost()
        given = (_parse(parse, raw) for raw in requests)
        try:
            yield from self.engine.hub.serve(self.engine.state, given, context, cost)
        except Exception as problem:
            _abort(context, "Listen", problem)
            raise
        finally:
            self.engine.counters.record("Listen", cost)


def _parse(parse: Callable[[bytes], Any], raw: bytes) -> Any:
    if len(raw) > MAX_REQUEST_BYTES:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT, f"Request payload size exceeds the limit: {MAX_REQUEST_BYTES} bytes."
        )
    try:
        return parse(raw)
    except DecodeError:
        raise StatusError(
            grpc.StatusCode.INVALID_ARGUMENT, "The request is not a valid protocol buffer message."
        ) from None


def _abort(context: Any, name: str, problem: BaseException) -> None:
    if isinstance(problem, StatusError):
        context.abort(problem.code, problem.message)
    if context.is_active():
        _log.error("%s failed", name, exc_info=problem)
        context.abort(grpc.StatusCode.INTERNAL, f"The local Firestore engine failed on {name}: see its log.")


def _refusal(name: str) -> Callable[[Any, Any], bytes]:
    def handle(_: Any, context: Any) -> bytes:
        context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{name} is not available in the local Firestore engine.")
        return b""

    return handle


def serve(data_dir: FilePath | None, port: int = 0, indexes: FilePath | None = None) -> Server:
    """Start an engine and serve it on 127.0.0.1.

    `data_dir` None keeps nothing; `port` 0 takes a free one; `indexes` is a `firestore.indexes.json`.
    Raises `StoreError` or `IndexFileError` with a sentence.
    """
    engine = Engine(data_dir, indexes)
    try:
        return Server(engine, port)
    except BaseException:
        engine.stop()
        raise
