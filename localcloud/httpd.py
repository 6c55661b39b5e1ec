"""A small threaded HTTP/1.1 server with keep-alive, for the local services that speak REST.

Werkzeug's server closes each connection after one answer and gunicorn brings a process manager; clients of these
services keep connections open and stream large bodies both ways, so this stays on the standard library's
`http.server` and adds what it leaves to the handler: body framing, draining, streaming answers and a clean stop.
"""

import contextlib
import logging
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

log = logging.getLogger(__name__)

IDLE_SECONDS = 120
STOP_SECONDS = 5
DRAIN_LIMIT = 1 << 20
CHUNK = 1 << 16
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class BadRequestError(Exception):
    """The request cannot be read as HTTP; the connection ends after a 400."""


class ClientGoneError(ConnectionError):
    """The client closed the connection before its body was complete."""


class Body:
    """The request's body as a stream, framed by Content-Length or by chunks (RFC 9112 section 6)."""

    def __init__(self, stream: Any, headers: Message) -> None:
        self._stream = stream
        self._chunked = False
        self._left = 0
        self._ended = False
        coding = headers.get("Transfer-Encoding")
        length = headers.get("Content-Length")
        if coding is not None:
            if coding.strip().lower() != "chunked" or length is not None:
                raise BadRequestError("Transfer-Encoding must be chunked, without Content-Length")
            self._chunked = True
        elif length is not None:
            if not (length.isascii() and length.isdigit()):
                raise BadRequestError("Content-Length must be a number")
            self._left = int(length)
            self._ended = self._left == 0
        else:
            self._ended = True

    def read(self, size: int = CHUNK) -> bytes:
        """Return up to `size` bytes; empty at the end. Raises `ClientGoneError` when the client left before it."""
        if self._ended:
            return b""
        if self._chunked and self._left == 0 and not self._next_chunk():
            return b""
        data: bytes = self._stream.read(min(size, self._left))
        if not data:
            raise ClientGoneError("the client left in the middle of its body")
        self._left -= len(data)
        if self._left == 0:
            if self._chunked:
                self._line()
            else:
                self._ended = True
        return data

    def read_all(self, limit: int) -> bytes | None:
        """Return the whole body, or None when it is longer than `limit` bytes."""
        parts, size = [], 0
        while data := self.read():
            size += len(data)
            if size > limit:
                return None
            parts.append(data)
        return b"".join(parts)

    def drain(self) -> bool:
        """Skip what the application left unread; False when that is too much to be worth reading."""
        skipped = 0
        while data := self.read():
            skipped += len(data)
            if skipped > DRAIN_LIMIT:
                return False
        return True

    def _next_chunk(self) -> bool:
        text = self._line().split(b";")[0].strip()
        try:
            self._left = int(text, 16)
        except ValueError:
            raise BadRequestError("a chunk of the body has no valid length") from None
        if self._left < 0:
            raise BadRequestError("a chunk of the body has no valid length")
        if self._left == 0:
            while self._line().strip():
                pass
            self._ended = True
        return not self._ended

    def _line(self) -> bytes:
        line: bytes = self._stream.readline(8192)
        if not line.endswith(b"\n"):
            raise ClientGoneError("the client left in the middle of its body")
        return line


@dataclass
class Request:
    """One HTTP request; `path` is still percent-encoded, since names may hold encoded slashes."""

    method: str
    path: str
    raw_query: str
    headers: Message
    body: Body

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one, the last."""
        return dict(self.query_pairs)

    @property
    def query_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.raw_query, keep_blank_values=True)


class FileStream:
    """Parts read from an open binary file, which is closed with the stream even when nothing was read (HEAD)."""

    def __init__(self, file: Any, parts: Iterator[bytes]) -> None:
        self._file = file
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        self._file.close()


@dataclass
class Response:
    """An answer: bytes, or a stream of `length` bytes that is closed once it is sent."""

    status: int
    body: bytes | FileStream = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    length: int | None = None


Application = Callable[[Request], Response]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "consentmd-local"
    sys_version = ""
    timeout = IDLE_SECONDS
    # One write per small answer: Nagle with delayed ACKs costs 40 ms per request on a kept-alive connection.
    wbufsize = CHUNK
    disable_nagle_algorithm = True
    server: "HttpServer"

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError, ValueError):
            # ValueError: the stop of the server closed the stream under a waiting read.
            self.close_connection = True

    def serve(self) -> None:
        url = urlsplit(self.path)
        try:
            body = Body(self.rfile, self.headers)
        except BadRequestError as error:
            self._refuse(400, str(error))
            return
        host = self.headers.get("Host", "")
        name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
        if name.lower() not in LOOPBACK_NAMES:
            # A page that resolves its own name to 127.0.0.1 (DNS rebinding) arrives with that name here.
            self._refuse(403, "This service answers on localhost and 127.0.0.1 only.")
            return
        request = Request(self.command, url.path, url.query, self.headers, body)
        try:
            response = self.server.application(request)
        except BadRequestError as error:
            self._refuse(400, str(error))
            return
        except ConnectionError:
            raise
        except Exception:
            log.exception("%s failed", self.command)
            response = Response(500, b'{"error": {"code": 500, "message": "Internal error", "status": "INTERNAL"}}')
        self._send(response)
        try:
            drained = body.drain()
        except BadRequestError:
            drained = False
        if not drained:
            self.close_connection = True

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True
        self._send(Response(status, message.encode(), [("Content-Type", "text/plain; charset=utf-8")]))

    def _send(self, response: Response) -> None:
        body = response.body
        length = len(body) if isinstance(body, bytes) else response.length
        self.send_response(response.status)
        names = {name.lower() for name, _ in response.headers}
        if "content-type" not in names and body:
            self.send_header("Content-Type", "application/json; charset=UTF-8")
        for name, value in response.headers:
            # A stored value with a line break must not become a header of its own.
            # On the wire it is UTF-8, which the base class's latin-1 would refuse.
            self.send_header(name, value.replace("\r", " ").replace("\n", " ").encode().decode("latin-1"))
        bodiless = self.command == "HEAD" or response.status in {204, 304}
        if response.status not in {204, 304} and "content-length" not in names:
            if length is None:
                self.close_connection = True
            else:
                self.send_header("Content-Length", str(length))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        try:
            if not bodiless:
                for part in [body] if isinstance(body, bytes) else body:
                    self.wfile.write(part)
            self.wfile.flush()
        finally:
            if isinstance(body, FileStream):
                body.close()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        del explain
        # Without a parsed request line the base class leaves these unset, and `send_response` needs them.
        self.command = getattr(self, "command", None) or "GET"
        self.request_version = "HTTP/1.1"
        self.requestline = getattr(self, "requestline", "")
        self._refuse(code, message or "Bad request")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class names it)
        """Say nothing: request lines may carry object names and signatures."""


class HttpServer(ThreadingHTTPServer):
    """A loopback HTTP server around one application, started and stopped from another thread."""

    daemon_threads = True
    # Each start and stop of a local service must not wait for TIME_WAIT; 50 clients may connect at once.
    allow_reuse_address = True
    request_queue_size = 256

    def __init__(self, port: int, application: Application) -> None:
        self.application = application
        self._connections: set[socket.socket] = set()
        self._guard = threading.Condition()
        self._thread: threading.Thread | None = None
        super().__init__(("127.0.0.1", port), _Handler)

    @classmethod
    def started(cls, port: int, application: Application) -> "HttpServer":
        """A server that accepts connections already."""
        made = cls(port, application)
        made.start()
        return made

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self) -> None:
        """Accept connections on a thread of its own."""
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, end open connections and wait for their threads."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        with self._guard:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._guard.wait_for(lambda: not self._connections, timeout=STOP_SECONDS)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._connections.discard(request)
            self._guard.notify_all()
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request, client_address
        log.error("a connection broke", exc_info=sys.exception())


def file_range(file: Any, start: int, length: int) -> Iterator[bytes]:
    """Yield `length` bytes of an open binary file from `start`."""
    file.seek(start)
    while length > 0:
        data = file.read(min(CHUNK, length))
        if not data:
            return
        length -= len(data)
        yield data
