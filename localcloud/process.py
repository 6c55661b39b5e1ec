"""A local service as a process of its own: its arguments, its ready line, and its end at SIGTERM or SIGINT."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class Server(Protocol):
    """What runs on threads of its own from the moment it is made."""

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""

    def stop(self) -> None:
        """End it; return when it has ended."""


def parser(name: str, description: str, *, data: str, default: Path | None = None) -> argparse.ArgumentParser:
    """Arguments that every service takes; `data` says what it has a folder for, `default` makes that optional."""
    made = argparse.ArgumentParser(prog=f"python -m localcloud.{name}", description=description)
    made.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one (%(default)s)")
    made.add_argument("--data-dir", type=Path, required=default is None, default=default, metavar="DIR", help=data)
    return made


def run(name: str, port: int, start: Callable[[], Server], *refused: type[Exception], chatty: bool = False) -> int:
    """Start a server, say where it listens, and stop it at the first signal: the exit code.

    `refused` are exceptions of `start` whose message is a sentence for whoever started it; `chatty` services log what
    they do, the others only what goes wrong.
    """
    logging.basicConfig(level=logging.INFO if chatty else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        server = start()
    except refused as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        # Of a socket's no file is known.
        what = str(error) if error.filename else f"cannot listen on port {port}: {error}"
        print(f"{name}: {what}", file=sys.stderr)
        return 1
    print(f"{name}: listening on 127.0.0.1:{server.port}", flush=True)
    ended.wait()
    server.stop()
    return 0
