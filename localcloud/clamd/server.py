"""clamd's protocol over TCP (https://docs.clamav.net/manual/Usage/ClamdProtocol.html).

A command begins with `z` and ends with a null byte, or begins with `n` and ends with a line break; without either it
ends with the line. Answers end as commands do. One command a connection, unless IDSESSION opened a session, in which
answers are numbered until END.
"""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from pathlib import Path

from localcloud.clamd.scanner import signature_in

VERSION = "ClamAV 1.4.3/0/stand-in of localcloud"
COMMANDS = "PING VERSION VERSIONCOMMANDS INSTREAM IDSESSION END"

#: While a file of this name is in the data directory, every scan ends in an error.
REFUSE = "refuse"

_LONGEST_COMMAND = 1024
_READ_SECONDS = 30.0


class _Gone(Exception):  # noqa: N818 - nobody's error: the client went away
    """The client closed the connection, or sent what ends it."""


class Clamd(socketserver.ThreadingTCPServer):
    """Listens at once. `most` is StreamMaxLength: the longest stream it takes, in bytes."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, directory: Path, most: int) -> None:
        self.refuse = directory / REFUSE
        self.most = most
        super().__init__(("127.0.0.1", port), _Connection)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Answer on a thread of its own."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Take no more connections."""
        self.shutdown()
        self.server_close()


class _Connection(socketserver.StreamRequestHandler):
    server: Clamd
    timeout = _READ_SECONDS

    def handle(self) -> None:
        try:
            self._serve()
        except (_Gone, ConnectionError):
            return
        except TimeoutError:
            self._say("COMMAND READ TIMED OUT", b"\n")

    def _serve(self) -> None:
        command, ends = self._command()
        if command != "IDSESSION":
            self._answer(command, ends, "")
            return
        number = 0
        while True:
            command, ends = self._command()
            if command == "END":
                return
            number += 1
            self._answer(command, ends, f"{number}: ")

    def _answer(self, command: str, ends: bytes, before: str) -> None:
        known: dict[str, Callable[[], str]] = {
            "PING": lambda: "PONG",
            "VERSION": lambda: VERSION,
            "VERSIONCOMMANDS": lambda: f"{VERSION}| COMMANDS: {COMMANDS}",
            "INSTREAM": self._scan,
        }
        if command not in known:
            self._say(before + "UNKNOWN COMMAND", ends)
            raise _Gone
        try:
            said = known[command]()
        except _TooLarge:
            self._say(before + "INSTREAM size limit exceeded. ERROR", ends)
            raise _Gone from None
        self._say(before + said, ends)

    def _command(self) -> tuple[str, bytes]:
        first = self._exactly(1)
        ends = b"\0" if first == b"z" else b"\n"
        text = b"" if first in {b"z", b"n"} else first
        while not text.endswith(ends):
            if len(text) > _LONGEST_COMMAND:
                raise _Gone
            text += self._exactly(1)
        return text[:-1].rstrip(b"\r").decode("ascii", "replace"), ends

    def _scan(self) -> str:
        content = bytearray()
        while length := struct.unpack(">I", self._exactly(4))[0]:
            if len(content) + length > self.server.most:
                raise _TooLarge
            content += self._exactly(length)
        if self.server.refuse.exists():
            return "stream: Can't allocate memory ERROR"
        found = signature_in(bytes(content))
        return f"stream: {found} FOUND" if found else "stream: OK"

    def _exactly(self, count: int) -> bytes:
        data: bytes = self.rfile.read(count)
        if len(data) < count:
            raise _Gone
        return data

    def _say(self, text: str, ends: bytes) -> None:
        self.wfile.write(text.encode() + ends)
        self.wfile.flush()

    def finish(self) -> None:
        # What the client still sends must not make the answer lost to a reset.
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1.0)
            while self.connection.recv(65536):
                pass
        except OSError:
            pass
        super().finish()


class _TooLarge(Exception):  # noqa: N818 - an answer of the protocol
    """The stream is longer than StreamMaxLength."""
