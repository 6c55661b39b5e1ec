"""`python -m realtime`: serve sockets on PORT until told to stop.

SIGTERM drains: no new sockets, what waits is sent, then every socket is closed with 1012 and its client comes back to
another gateway with its cursor.
"""

import argparse
import asyncio
import sys
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from realtime.app import Realtime
from realtime.sockets import ABORT
from shared.config import Settings, settings
from shared.logs import configure


class Protocol(WebSocketsSansIOProtocol):
    """Lets the application drop a connection whose client takes nothing: closing would wait for it for ever."""

    async def run_asgi(self) -> None:
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[ABORT] = self.transport.abort
        await super().run_asgi()


class Server(uvicorn.Server):
    """Drains the gateway before the sockets are closed."""

    def __init__(self, config: uvicorn.Config, realtime: Realtime) -> None:
        super().__init__(config)
        self._realtime = realtime

    async def shutdown(self, sockets: Any = None) -> None:
        await self._realtime.gateway.drain()
        await super().shutdown(sockets)


def serve(config: Settings, app: Any, realtime: Realtime, host: str, port: int) -> None:
    """Serve `app`, which has `realtime` in it, until a signal."""
    options = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        ws=Protocol,
        ws_max_size=config.realtime_max_frame_bytes,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        # A window of 32 KiB per socket buys little for frames of half a kilobyte.
        ws_per_message_deflate=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=8,
    )
    with asyncio.Runner(loop_factory=options.get_loop_factory()) as runner:
        runner.run(Server(options, realtime).serve())


def main(arguments: list[str]) -> int:
    """Read the settings and serve."""
    config = settings()
    parser = argparse.ArgumentParser(prog="python -m realtime", description=__doc__)
    parser.add_argument("--host", default="0.0.0.0")  # the container's address is the platform's business
    parser.add_argument("--port", type=int, default=config.port)
    options = parser.parse_args(arguments)
    configure(config.log_level)
    realtime = Realtime(config)
    serve(config, realtime, realtime, options.host, options.port)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
