"""The plain WebSocket at `/ws`: JSON frames `{"event", "data"}` (seed 000 §3)."""

import asyncio
import contextlib
import json
import logging
from dataclasses import replace
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from realtime.commands import Refusal, refusal
from realtime.gateway import Gateway
from realtime.hydrate import INTERNAL
from realtime.identity import Credentials
from realtime.session import Session, peer_of
from realtime.sockets import ABORT, Close, Frame
from shared.errors import Detail, InvalidRequest, ValidationFailed

log = logging.getLogger("consentmd.realtime")

_REASONS = {
    Close.UNAUTHORIZED: "not signed in",
    Close.SESSION_ENDED: "session ended",
    Close.SLOW_CONSUMER: "too slow; come back with your cursor",
    Close.TOO_FAST: "too many frames",
    Close.REPLACED: "another socket took its place",
    Close.RESTART: "restarting; come back with your cursor",
    Close.BAD_FRAME: "not a frame",
}


#: Seed 000 has three types of notification; the full one is `notificationType`.
_SHORT = {"call_incoming": "call", "call_missed": "call", "note_shared": "note"}


class _Plain:
    """Frames as text."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    def takes(self, event: str) -> bool:
        return event not in INTERNAL

    async def send(self, frame: Frame) -> None:
        if frame.event == "notification:new":
            kind = frame.data["type"]
            frame = replace(frame, data={**frame.data, "type": _SHORT.get(kind, kind), "notificationType": kind})
        await self._websocket.send_text(frame.text())

    async def close(self, code: Close) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            await self._websocket.close(int(code), _REASONS.get(code, ""))

    def abort(self) -> None:
        drop = self._websocket.scope["extensions"].get(ABORT)
        if drop is not None:
            drop()


async def serve(gateway: Gateway, websocket: WebSocket) -> None:
    """One connection."""
    settings = gateway.settings
    origin = websocket.headers.get("origin")
    # Only browsers send one, and they send it always: a page of somebody else's is refused before it is heard.
    if (origin is not None and origin.rstrip("/") not in settings.allowed_origins) or gateway.draining:
        await websocket.close(Close.POLICY)
        return
    await websocket.accept()
    client = websocket.client.host if websocket.client else ""
    transport = _Plain(websocket)
    session = Session(gateway, transport, peer_of(websocket.headers, client, settings.trusted_proxy_hops))
    try:
        await _identify(session, websocket, settings.realtime_auth_seconds)
        await _converse(session, websocket)
    except Refusal as refused:
        with contextlib.suppress(Exception):
            await transport.send(Frame("error", refused.data()))
            await transport.close(Close.UNAUTHORIZED)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        await session.end()


async def _identify(session: Session, websocket: WebSocket, seconds: float) -> None:
    query = websocket.query_params
    in_query = query.get("token", "") if session.settings.ws_token_in_query else ""
    shown = Credentials(query.get("ticket", ""), in_query)
    since: object = query.get("since")
    if not shown.ticket and not shown.token:
        if "token" in query:
            raise refusal(InvalidRequest("A token is not taken from the URL here: send it in an `auth` message."))
        try:
            frame = await asyncio.wait_for(_receive(websocket), seconds)
        except TimeoutError:
            frame = {}
        data = frame.get("data") if frame.get("event") == "auth" else None
        if not isinstance(data, dict):
            data = {}
        shown = Credentials(_text(data, "ticket"), _text(data, "token") or _text(data, "accessToken"))
        since = data.get("since", since)
    await session.identify(shown, since)


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    return value if isinstance(value, str) else ""


async def _receive(websocket: WebSocket) -> dict[str, Any]:
    """The next frame. Raises `Refusal` for what is none."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    try:
        frame = json.loads(message.get("text") or "")
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict) or not isinstance(frame.get("event"), str):
        raise refusal(ValidationFailed(details=[Detail("event", "send JSON objects with event and data")]))
    return frame


async def _converse(session: Session, websocket: WebSocket) -> None:
    supply = asyncio.ensure_future(session.run())
    listen = asyncio.ensure_future(_listen(session, websocket))
    try:
        done, _ = await asyncio.wait({supply, listen}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (supply, listen):
            task.cancel()
        await asyncio.gather(supply, listen, return_exceptions=True)


async def _listen(session: Session, websocket: WebSocket) -> None:
    socket = session.socket
    while True:
        ref = None
        try:
            frame = await _receive(websocket)
            session.count()
            ref = str(frame["ref"])[:64] if frame.get("ref") is not None else None
            if frame["event"] == "ping":
                socket.put(Frame("pong", {}, ref=ref))
            else:
                answer = await session.ask(frame["event"], frame.get("data", {}))
                socket.put(Frame("ack", answer, ref=ref))
        except Refusal as refused:
            socket.put(Frame("error", refused.data(), ref=ref))
        # Frames that are there already are read without waiting: the writer must have its turn between them.
        await asyncio.sleep(0)
