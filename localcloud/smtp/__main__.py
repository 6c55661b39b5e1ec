"""`python -m localcloud.smtp --port N --data-dir DIR`: the mail server alone, until SIGTERM or SIGINT."""

import argparse
import asyncio
import logging
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from localcloud.database import DataDirectoryError
from localcloud.smtp.outbox import Outbox
from localcloud.smtp.server import REFUSE, listen


def main() -> int:
    """Serve until a signal; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud.smtp",
        description=f"A mail server that keeps what it is sent. It answers 451 while DIR/{REFUSE} exists.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one (%(default)s)")
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="where messages are kept")
    options = parser.parse_args()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    try:
        outbox = Outbox(options.data_dir)
        asyncio.run(_serve(options.port, options.data_dir, outbox))
    except (DataDirectoryError, OSError) as error:
        print(f"smtp: {error}", file=sys.stderr)
        return 1
    outbox.close()
    return 0


async def _serve(port: int, directory: Path, outbox: Outbox) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    # One thread: SQLite has one writer, and the order of arrival is the order of ids.
    with ThreadPoolExecutor(1, "outbox") as thread:
        server = await listen(port, directory, outbox, thread)
        print(f"smtp: listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await ended.wait()
        server.close()


if __name__ == "__main__":
    sys.exit(main())
