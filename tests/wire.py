"""HTTP without sockets: requests of the test client, handed to the application as a server would hand them.

A connection and a thread for each request cost more than most endpoints do. What is left out here is tried by the
queue, whose tasks and schedules come over the wire, and by the tests that start a function as a process of its own.
httpx has such a transport, but one that takes only headers in ASCII and hands on paths that are decoded already
(PEP 3333 wants bytes as Latin-1), which are among what has to be refused in order.
"""

import contextvars
import io
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx


class Direct(httpx.BaseTransport):
    """Calls a WSGI application in the thread that asks, and holds its answers to what they say of their length."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        # As in a thread of its own: nothing that the test has set is seen by the application, nor the other way round.
        return contextvars.Context().run(self._answer, request, body)

    def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        begun: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            begun[:] = [int(status.split(" ", 1)[0]), headers]
            return _unused

        answered = self._app(_environ(request, body), start_response)
        try:
            content = b"".join(answered)
        except Exception as broken:
            raise httpx.RemoteProtocolError("the answer broke off", request=request) from broken
        finally:
            if close := getattr(answered, "close", None):
                close()
        status, headers = begun
        bare = request.method == "HEAD" or status in {204, 304}
        announced = httpx.Headers(headers).get("Content-Length")
        if announced is not None and not bare and int(announced) != len(content):
            raise httpx.RemoteProtocolError(f"{len(content)} bytes came, not {announced}", request=request)
        return httpx.Response(status, headers=headers, content=b"" if bare else content)


def _environ(request: httpx.Request, body: bytes) -> dict[str, Any]:
    target = request.url.raw_path
    path, _, query = target.partition(b"?")
    environ: dict[str, Any] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "RAW_URI": target.decode("latin-1"),
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": request.url.host,
        "SERVER_PORT": str(request.url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    for name, value in request.headers.raw:
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


def _unused(_: bytes) -> None:
    raise NotImplementedError("no framework in use here writes that way")
