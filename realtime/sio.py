"""Socket.IO with seed 003's events: the default namespace for chats and calls, `/notifications` for notifications.

Frames are the same as on `/ws`. What is outside of `data` there is inside of it here: `eventId` and `cursor`.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import socketio

from realtime.commands import Refusal
from realtime.gateway import Gateway
from realtime.hydrate import kind_of, socketio_name
from realtime.identity import Credentials
from realtime.session import Session, peer_of
from realtime.sockets import ABORT, Close, Frame
from shared.config import Settings

NAMESPACES = ("/", "/notifications")
_GREETINGS = {"/": "Connected", "/notifications": "Connected to notifications"}

#: Packets that may wait inside of Engine.IO, which has no limit of its own; what is beyond waits in the socket's queue.
_IN_FLIGHT = 16
_LOOK_AGAIN = 0.02


class _Transport:
    """Frames as Socket.IO events of one namespace."""

    def __init__(self, server: Any, sid: str, namespace: str, drop: Callable[[], None] | None) -> None:
        self._server = server
        self._sid = sid
        self._namespace = namespace
        self._drop = drop

    def takes(self, event: str) -> bool:
        return kind_of(event).namespace == self._namespace

    async def send(self, frame: Frame) -> None:
        # Engine.IO does not tell when its queue empties.
        while self._waiting() >= _IN_FLIGHT:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_AGAIN)
        data = dict(frame.data)
        if frame.event == "connected":
            data["message"] = _GREETINGS[self._namespace]
        if frame.id is not None:
            data["eventId"] = frame.id
        if frame.cursor is not None:
            data["cursor"] = frame.cursor
        await self._server.emit(socketio_name(frame.event), data, to=self._sid, namespace=self._namespace)

    def _waiting(self) -> int:
        connection = self._server.manager.eio_sid_from_sid(self._sid, self._namespace)
        carrier = self._server.eio.sockets.get(connection)
        return carrier.queue.qsize() if carrier is not None else 0

    async def close(self, code: Close) -> None:
        await self._server.emit("closing", {"code": int(code)}, to=self._sid, namespace=self._namespace)
        await self._server.disconnect(self._sid, namespace=self._namespace)

    def abort(self) -> None:
        # Its other namespace is on the same connection: only one that takes nothing is dropped.
        if self._waiting() >= _IN_FLIGHT and self._drop is not None:
            self._drop()


class SocketIo:
    """The Socket.IO server of a gateway; `server` is what the ASGI application mounts."""

    def __init__(self, gateway: Gateway, settings: Settings) -> None:
        self._gateway = gateway
        self._sessions: dict[tuple[str, str], Session] = {}
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=sorted(settings.allowed_origins),
            cors_credentials=True,
            # One after the other: messages of a sender keep their order.
            async_handlers=False,
            max_http_buffer_size=settings.realtime_max_frame_bytes,
            ping_interval=20,
            ping_timeout=20,
            namespaces=list(NAMESPACES),
        )
        for namespace in NAMESPACES:
            self._listen(namespace)

    def _listen(self, namespace: str) -> None:
        async def connect(sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
            await self._connect(namespace, sid, environ, auth)

        async def disconnect(sid: str, *_: object) -> None:
            session = self._sessions.pop((namespace, sid), None)
            if session is not None:
                await session.end()

        async def anything(event: str, sid: str, *sent: object) -> dict[str, Any]:
            return await self._asked(namespace, sid, event, sent[0] if sent else {})

        self.server.on("connect", connect, namespace=namespace)
        self.server.on("disconnect", disconnect, namespace=namespace)
        self.server.on("*", anything, namespace=namespace)

    async def _connect(self, namespace: str, sid: str, environ: Mapping[str, Any], auth: object) -> None:
        if self._gateway.draining:
            raise socketio.exceptions.ConnectionRefusedError("restarting")
        shown = auth if isinstance(auth, dict) else {}
        scope = environ.get("asgi.scope", {})
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope.get("headers", ())}
        client = (scope.get("client") or ("", 0))[0]
        peer = peer_of(headers, client, self._gateway.settings.trusted_proxy_hops)
        drop = scope.get("extensions", {}).get(ABORT)
        session = Session(self._gateway, _Transport(self.server, sid, namespace, drop), peer)
        try:
            given = {name: shown[name] for name in ("ticket", "token") if isinstance(shown.get(name), str)}
            await session.identify(Credentials(**given), shown.get("since"))
        except Refusal as refused:
            raise socketio.exceptions.ConnectionRefusedError(refused.message, refused.data()) from None
        self._sessions[namespace, sid] = session
        self._gateway.spawn(session.run())

    async def _asked(self, namespace: str, sid: str, event: str, data: object) -> dict[str, Any]:
        session = self._sessions.get((namespace, sid))
        if session is None:
            return {"success": False}
        try:
            session.count()
            answer = await session.ask(event, data)
        except Refusal as refused:
            session.socket.put(Frame("error", {**refused.data(), "event": event}))
            return {"success": False, "error": refused.data()}
        return {"success": True, **answer}
