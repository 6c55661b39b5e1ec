"""A gRPC server that does nothing: it answers each call with what another server answered the first time.

What a client's call through it takes is the client, gRPC and two processes' worth of scheduling; what a call to the
engine takes above that is the engine. `tools.bench.engine` runs this file beside the engine.
"""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

_PREFIX = "/google.firestore.v1.Firestore/"
_UNARY = ("BeginTransaction", "Commit")
_STREAMS = ("BatchGetDocuments", "RunQuery")


class Echo(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """Answers known by method, and where the client checks names by request; the first goes to `upstream` (a port)."""

    def __init__(self, upstream: int) -> None:
        self._channel: Any = grpc.insecure_channel(f"127.0.0.1:{upstream}")
        self._known: dict[str | tuple[str, bytes], list[bytes]] = {}
        self._lock = threading.Lock()
        self._handlers: dict[str, Any] = {f"{_PREFIX}Listen": grpc.stream_stream_rpc_method_handler(self._listen)}
        for name in _UNARY:
            self._handlers[_PREFIX + name] = grpc.unary_unary_rpc_method_handler(self._unary(_PREFIX + name))
        for name in _STREAMS:
            self._handlers[_PREFIX + name] = grpc.unary_stream_rpc_method_handler(self._stream(_PREFIX + name))

    def service(self, handler_call_details: Any) -> Any:
        """The handler of a method."""
        return self._handlers.get(handler_call_details.method)

    def _answers(self, method: str, request: bytes) -> list[bytes]:
        key = (method, request) if method.endswith("BatchGetDocuments") else method
        answers = self._known.get(key)
        if answers is None:
            with self._lock:
                if method.endswith(_UNARY):
                    answers = [self._channel.unary_unary(method)(request)]
                else:
                    answers = list(self._channel.unary_stream(method)(request))
                self._known[key] = answers
        return answers

    def _unary(self, method: str) -> Any:
        return lambda request, _: self._answers(method, request)[0]

    def _stream(self, method: str) -> Any:
        return lambda request, _: iter(self._answers(method, request))

    def _listen(self, requests: Iterator[bytes], _: Any) -> Iterator[bytes]:
        return requests


def main() -> None:
    """Serve on a free port, told on standard output, until standard input ends."""
    server = grpc.server(ThreadPoolExecutor(2_000), handlers=[Echo(int(sys.argv[1]))])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"echo: listening on 127.0.0.1:{port}", flush=True)
    sys.stdin.read()
    server.stop(grace=None)


if __name__ == "__main__":
    main()
