"""One HTTP request to a worker or a schedule's function, with a deadline for the whole of it."""

import contextlib
import http.client
import logging
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10
DRAINED_BYTES = 65536
# google.rpc.Code of an attempt that got no answer, and of HTTP statuses (google/rpc/code.proto).
UNAVAILABLE, DEADLINE_EXCEEDED = 14, 4
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 429: 8, 499: 1, 500: 13, 501: 12, 503: 14, 504: 4}


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: an HTTP `status` (0 when no answer came), a google.rpc `code`, and Retry-After seconds."""

    status: int
    code: int
    message: str
    retry_after: float = 0.0

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


class Attempt:
    """An HTTP request that another thread can cut off.

    Each request has its own connection: a kept one may be closed by the worker just as a task is sent on it, which
    would count as a failed attempt.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._socket: socket.socket | None = None
        self._cut = ""

    def cut(self, reason: str) -> None:
        """End the request now, from any thread."""
        with self._guard:
            self._cut = reason
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes, deadline_seconds: float) -> Outcome:
        """Send it and wait for the answer's status; never raises for what the network or the worker does."""
        timer = threading.Timer(deadline_seconds, self.cut, ["deadline"])
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(method, url, headers, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if self._cut == "deadline":
                return Outcome(0, DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED(4): no response before the dispatch deadline")
            log.debug("an attempt got no response", exc_info=True)
            return Outcome(0, UNAVAILABLE, f"UNAVAILABLE(14): no response ({type(error).__name__})")
        finally:
            timer.cancel()

    def _exchange(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        parts = urlsplit(url)
        if not parts.hostname:
            raise ValueError("the URL names no host")
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=CONNECT_SECONDS, context=context
            )
        else:
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=CONNECT_SECONDS)
        with contextlib.closing(connection):
            connection.connect()
            with self._guard:
                if self._cut:
                    raise TimeoutError(self._cut)
                self._socket = connection.sock
                self._socket.settimeout(None)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, {**headers, "Connection": "close"})
            response = connection.getresponse()
            status = response.status
            with contextlib.suppress(OSError, http.client.HTTPException):
                response.read(DRAINED_BYTES)  # closing on unread bytes would reset the worker's connection
            if 200 <= status < 300:
                return Outcome(status, 0, "")
            code = _CODES.get(status, 2)
            return Outcome(status, code, f"HTTP status code {status}", _retry_after(response, status))


def _retry_after(response: http.client.HTTPResponse, status: int) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if status in {429, 503} and text.isascii() and text.isdigit() else 0.0
