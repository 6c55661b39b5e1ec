"""Positions in the event log, and the cursors that clients hold.

An event's place is the create time of its document, which is the time its commit took effect, then its number within
the commit, then its id. Reads of Firestore are consistent at their read time: once a snapshot of time T has been seen,
nothing committed before T can appear. The server timestamp inside the document cannot serve: it says when the server
began with the commit, so that a commit may become visible behind one with a later stamp.
"""

import base64
import hmac
import struct
import uuid
from typing import Final, NamedTuple

from shared.store.crypto import Sealer

_FORM: Final = struct.Struct(">QH16s")
_CHECK: Final = 16
_LAST_ID: Final = str(uuid.UUID(int=2**128 - 1))
_LAST_ORDER: Final = 2**16 - 1


class Position(NamedTuple):
    """A place in the log; compares in the order in which events are delivered."""

    #: Nanoseconds since the epoch.
    time: int
    order: int
    id: str


class BadCursor(Exception):  # noqa: N818 - a refusal, not an error
    """A cursor that we did not give out."""


def behind(time: int) -> Position:
    """The place behind everything that was committed at `time` or before."""
    return Position(time, _LAST_ORDER, _LAST_ID)


def cursor(position: Position, sealer: Sealer) -> str:
    """The opaque form of a position, 51 characters; changed ones are told from ours by a keyed check."""
    packed = _FORM.pack(position.time, position.order, uuid.UUID(position.id).bytes)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=") + _check(packed, sealer)


def read_cursor(text: str, sealer: Sealer) -> Position:
    """The position of a cursor. Raises `BadCursor`."""
    try:
        packed = base64.b64decode(text[:-_CHECK] + "=", altchars=b"-_", validate=True)
        time, order, raw = _FORM.unpack(packed)
    except (ValueError, struct.error):
        raise BadCursor from None
    if not hmac.compare_digest(_check(packed, sealer).encode(), text[-_CHECK:].encode("utf-8", "replace")):
        raise BadCursor
    return Position(time, order, str(uuid.UUID(bytes=raw)))


def _check(packed: bytes, sealer: Sealer) -> str:
    return sealer.blind("realtime cursor", packed.hex())[:_CHECK]
