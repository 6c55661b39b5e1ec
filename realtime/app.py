"""The gateway as an ASGI application: `/ws`, `/socket.io`, and `/health` for whoever starts it."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import socketio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from realtime import hydrate, plain
from realtime.gateway import Gateway
from realtime.sio import SocketIo
from shared.config import Settings

#: Paths this serves; everything else is the API's.
PREFIXES = ("/ws", "/socket.io")
#: What may stand before them, as before every path of the API.
BASES = ("", "/api", "/api/v1")


class Realtime:
    """The application, and the gateway inside of it once it has started."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._gateway: Gateway | None = None
        self._app = Starlette(
            routes=[
                *(WebSocketRoute(f"{prefix}/ws", self._ws) for prefix in BASES),
                Route("/health", self._health),
                Route("/live", self._live),
            ],
            lifespan=self._lifespan,
        )
        self._inner: Any = self._app

    @property
    def gateway(self) -> Gateway:
        """The gateway, while the application runs."""
        if self._gateway is None:
            raise LookupError("the application has not been started")
        return self._gateway

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in {"http", "websocket"}:
            for base in BASES[:0:-1]:
                if scope["path"].startswith(f"{base}/socket.io"):
                    scope = {**scope, "path": scope["path"].removeprefix(base)}
        await self._inner(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        hydrate.warm()
        gateway = self._gateway = Gateway(self.settings)
        server = SocketIo(gateway, self.settings).server
        self._inner = socketio.ASGIApp(server, self._app, socketio_path="socket.io")
        gateway.start()
        try:
            yield
        finally:
            await gateway.drain()
            await server.shutdown()
            await gateway.stop()

    async def _ws(self, websocket: WebSocket) -> None:
        await plain.serve(self.gateway, websocket)

    async def _live(self, _: Request) -> JSONResponse:
        """Whether the process answers; the database's absence must not have it killed with its sockets."""
        return JSONResponse({"status": "ok"})

    async def _health(self, _: Request) -> JSONResponse:
        ready, sockets = self.gateway.ready, len(self.gateway.sockets)
        return JSONResponse({"status": "ok" if ready else "starting", "sockets": sockets}, 200 if ready else 503)
