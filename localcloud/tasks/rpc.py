"""The gRPC form of Cloud Tasks, for clients of `CloudTasksGrpcTransport` on an insecure channel."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from localcloud.tasks.core import CloudTasks
from localcloud.tasks.errors import ServiceError
from localcloud.tasks.messages import Message, request_class

log = logging.getLogger(__name__)

_PREFIX = "/google.cloud.tasks.v2.CloudTasks/"
_METHODS = (
    "CreateQueue",
    "GetQueue",
    "ListQueues",
    "UpdateQueue",
    "DeleteQueue",
    "PurgeQueue",
    "PauseQueue",
    "ResumeQueue",
    "CreateTask",
    "GetTask",
    "ListTasks",
    "DeleteTask",
    "RunTask",
)


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    def __init__(self, core: CloudTasks) -> None:
        self._core = core
        self._handlers = {_PREFIX + name: self._handler(name) for name in _METHODS}

    def service(self, handler_call_details: Any) -> Any:
        return self._handlers.get(handler_call_details.method)

    def _handler(self, name: str) -> Any:
        def answer(request: Message, context: Any) -> Message:
            try:
                return self._core.call(name, request)
            except ServiceError as error:
                code, message = error.code, error.message
            except Exception:
                log.exception("%s failed", name)
                code, message = "INTERNAL", "Internal error"
            context.abort(grpc.StatusCode[code], message)
            raise AssertionError("abort raises")

        return grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=request_class(f"{name}Request").FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )


def serve_grpc(core: CloudTasks, port: int) -> tuple[Any, int]:
    """Start a gRPC server on the loopback; return it and its port. Raises `OSError` when the port is taken."""
    server = grpc.server(
        ThreadPoolExecutor(16, thread_name_prefix="grpc"),
        handlers=[_Handlers(core)],
        # Two servers sharing a port would split the calls between them.
        options=(("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 10 << 20)),
    )
    try:
        bound = server.add_insecure_port(f"127.0.0.1:{port}")
    except RuntimeError as error:
        raise OSError(f"port {port} is taken by another program") from error
    server.start()
    return server, bound
