"""Passing HTTP requests on, byte for byte."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any, Final

import aiohttp
from yarl import URL

from realtime.app import BASES, PREFIXES
from shared.errors import ExternalServiceError
from shared.http.responses import SECURITY, error_body

#: Of one connection, not of the request (RFC 9110 §7.6.1).
_HOP_BY_HOP: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_OWN: Final = tuple(base + prefix for base in BASES for prefix in PREFIXES)
_CHUNK: Final = 65_536
_AWAY: Final = "The functions do not answer, or are just being stopped. Try again; if it persists, see their log."


def is_realtime(path: str) -> bool:
    """Whether a path is the gateway's."""
    return any(path == own or path.startswith(f"{own}/") for own in _OWN)


class Front:
    """An ASGI application: `realtime` for sockets, `functions` (a URL) for everything else."""

    def __init__(self, realtime: Any, functions: str) -> None:
        self._realtime = realtime
        self._functions = functions
        self._http: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection or request."""
        if scope["type"] == "http" and not is_realtime(scope["path"]):
            await self._pass_on(scope, receive, send)
        elif scope["type"] == "lifespan":
            # Connections are made again for each request but kept open between them, as many as are needed.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=15)
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
            async with aiohttp.ClientSession(
                connector=connector,
                timeout=timeout,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                # Nothing is added to what the client sent.
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            ) as self._http:
                await self._realtime(scope, receive, send)
        else:
            await self._realtime(scope, receive, send)

    async def _pass_on(self, scope: Any, receive: Any, send: Any) -> None:
        if self._http is None:
            raise RuntimeError("the front has not been started")
        query = scope["query_string"]
        target = (scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1")
        names = {name for name, _ in scope["headers"]}
        headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"] if n not in _HOP_BY_HOP]
        has_body = b"content-length" in names or b"transfer-encoding" in names
        begun = False
        try:
            async with self._http.request(
                scope["method"],
                URL(self._functions + target, encoded=True),
                headers=headers,
                data=_body(receive) if has_body else None,
                allow_redirects=False,
            ) as answer:
                kept = [(n.lower(), v) for n, v in answer.raw_headers if n.lower() not in _HOP_BY_HOP]
                begun = True
                await send({"type": "http.response.start", "status": answer.status, "headers": kept})
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
        except (aiohttp.ClientError, asyncio.CancelledError):
            # Cancelled: the server is told to stop and has waited for long enough. What has begun is cut off.
            if begun:
                raise
            await _refuse(send, scope["path"])


async def _refuse(send: Any, path: str) -> None:
    """Answer 503 as the functions would: in the one shape, with the headers that every answer has."""
    own_id = str(uuid.uuid4())
    error = ExternalServiceError(_AWAY)
    content = json.dumps(error_body(error, path if path.isprintable() else "/", own_id)).encode()
    headers = {
        **SECURITY, "Content-Type": "application/json", "Content-Length": str(len(content)), "X-Request-Id": own_id,
        "Cache-Control": "no-store", "Retry-After": "1",
    }  # fmt: skip
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": 503, "headers": raw})
    await send({"type": "http.response.body", "body": content})


async def _body(receive: Any) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the client is gone")
        if chunk := message.get("body", b""):
            yield chunk
        if not message.get("more_body", False):
            return
