"""A socket's life, whatever it speaks: who it is, what it is sent, what it asks, and its end."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any

from realtime.commands import Refusal, command, leave_all, refusal
from realtime.gateway import Gateway
from realtime.identity import Credentials, Peer, Who, open_for
from realtime.position import BadCursor, Position, read_cursor
from realtime.sockets import Allowance, Close, Socket, Transport
from shared import clients
from shared.errors import ApiError, Detail, InternalError, RateLimited, ValidationFailed
from shared.http.pipeline import forwarded_address
from shared.trace import Trace

log = logging.getLogger("consentmd.realtime")

#: Frames over its rate that a socket may send before it is closed.
_WARNINGS = 20
_CLOSING_SECONDS = 2.0


class Session:
    """One connection from its opening to its end. `transport` carries it."""

    def __init__(self, gateway: Gateway, transport: Transport, peer: Peer) -> None:
        self._gateway = gateway
        self._transport = transport
        self._peer = peer
        self._warned = 0
        self._socket: Socket | None = None
        self.settings = settings = gateway.settings
        self._allowance = Allowance(settings.realtime_frames_per_second, settings.realtime_frames_burst)

    @property
    def socket(self) -> Socket:
        """The socket, once it is known whose it is."""
        if self._socket is None:
            raise LookupError("nobody has signed in")
        return self._socket

    async def identify(self, shown: Credentials, since: object) -> Socket:
        """Find out who this is; then it has a socket. Raises `Refusal`."""
        position = _position(since)
        try:
            who: Who = await asyncio.to_thread(open_for, shown, self._peer)
        except ApiError as refused:
            raise refusal(refused) from None
        limit = self._gateway.settings.realtime_queue_frames
        self._socket = Socket(self._transport, who, position, waiting=limit)
        log.info("socket opened", extra={"userId": who.id, "role": who.caller.role.value})
        return self._socket

    async def run(self) -> None:
        """Supply the socket until it is closed from here."""
        socket = self.socket
        supply = asyncio.ensure_future(self._gateway.join(socket))
        supply.add_done_callback(lambda task: _supplied(task, socket))
        writer = asyncio.ensure_future(socket.write())
        ending = asyncio.ensure_future(socket.closed.wait())
        try:
            await asyncio.wait({writer, ending}, return_when=asyncio.FIRST_COMPLETED)
            # What waits is sent before an orderly end; a network that takes nothing gets no more time than this.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(writer), _CLOSING_SECONDS)
            if socket.closing is not None:
                # Who does not take the close frame either is dropped.
                asyncio.get_running_loop().call_later(_CLOSING_SECONDS, self._transport.abort)
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(self._transport.close(socket.closing), _CLOSING_SECONDS)
        finally:
            for task in (supply, writer, ending):
                task.cancel()
            await asyncio.gather(supply, writer, ending, return_exceptions=True)

    async def end(self) -> None:
        """The connection is gone."""
        if (socket := self._socket) is None:
            return
        self._gateway.leave(socket)
        socket.close(Close.GOING_AWAY)
        log.info("socket ended", extra={"code": int(socket.closing or 0), "userId": socket.who.id})
        if socket.chats:
            with contextlib.suppress(Exception):
                await asyncio.to_thread(leave_all, socket)

    def count(self) -> None:
        """Count a frame. Raises `Refusal` when there are too many, and closes the socket if that does not help."""
        if not self._allowance.take():
            self._warned += 1
            if self._warned > _WARNINGS:
                self.socket.close(Close.TOO_FAST)
            raise refusal(RateLimited())

    async def ask(self, name: str, data: object) -> dict[str, Any]:
        """Carry out a command; what it answers. Raises `Refusal`."""
        carry_out = command(name)
        if carry_out is None:
            raise refusal(ValidationFailed(details=[Detail("event", "is not an event of this gateway")]))
        if not isinstance(data, Mapping):
            raise refusal(ValidationFailed(details=[Detail("data", "must be an object")]))
        try:
            return await asyncio.to_thread(carry_out, self.socket, data)
        except Refusal:
            raise
        except ApiError as refused:
            raise refusal(refused) from None
        except Exception:
            log.exception("command failed", extra={"kind": name if command(name) else None})
            raise refusal(InternalError()) from None


def _supplied(task: "asyncio.Future[None]", socket: Socket) -> None:
    if not task.cancelled() and (problem := task.exception()) is not None:
        log.error("socket could not be supplied", exc_info=problem)
        socket.close(Close.INTERNAL)


def _position(since: object) -> Position | None:
    if since is None or since == "":
        return None
    try:
        if isinstance(since, str):
            return read_cursor(since, clients.sealer())
    except BadCursor:
        pass
    raise refusal(ValidationFailed(details=[Detail("since", "is not a cursor of this gateway")]))


def peer_of(headers: Mapping[str, str], client: str, hops: int) -> Peer:
    """Where a connection comes from, by what our own proxies say of it."""
    address = forwarded_address(headers.get("x-forwarded-for", ""), client, hops)
    traceparent = Trace.received(headers.get("traceparent") or "").onward()
    return Peer(address, (headers.get("user-agent") or "")[:300] or None, traceparent)
