"""A client of clamd, the daemon of ClamAV: INSTREAM over TCP.

Command and answer end with a null byte; the content goes in chunks of a 4-byte length (network byte order) and as many
bytes, and ends with an empty chunk (https://docs.clamav.net/manual/Usage/ClamdProtocol.html).
"""

import contextlib
import socket
import struct
from typing import Final, Literal, NamedTuple

CHUNK: Final = 256 * 1024
_LONGEST_ANSWER: Final = 4096


class NoVerdictError(Exception):
    """The scanner cannot be reached, breaks off, or says that it failed: another attempt may succeed."""


class Verdict(NamedTuple):
    """What the scanner says: `too_large` when the content is beyond its limit, which no other attempt changes."""

    state: Literal["clean", "infected", "too_large"]
    #: Name of what was found.
    signature: str | None = None


def scan(content: bytes, *, host: str, port: int, timeout: float) -> Verdict:
    """Have content scanned. `timeout` is the longest silence, in seconds. Raises `NoVerdictError`."""
    try:
        with socket.create_connection((host, port), timeout=timeout) as connection:
            # Beyond its limit clamd answers and closes while we are still sending: what it said is there to be read.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(b"zINSTREAM\0")
                view = memoryview(content)
                for at in range(0, len(content), CHUNK):
                    part = view[at : at + CHUNK]
                    connection.sendall(struct.pack(">I", len(part)))
                    connection.sendall(part)
                connection.sendall(struct.pack(">I", 0))
            return _verdict(_answer(connection))
    except OSError as lost:
        raise NoVerdictError(type(lost).__name__) from lost


def _answer(connection: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < _LONGEST_ANSWER:
        part = connection.recv(_LONGEST_ANSWER)
        if not part:
            break
        said += part
    return said.rstrip(b"\0\n").decode("utf-8", "replace")


def _verdict(said: str) -> Verdict:
    if said == "stream: OK":
        return Verdict("clean")
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        return Verdict("infected", said.removeprefix("stream: ").removesuffix(" FOUND")[:200])
    if "size limit exceeded" in said:
        return Verdict("too_large")
    raise NoVerdictError("no answer" if not said else "an error")
