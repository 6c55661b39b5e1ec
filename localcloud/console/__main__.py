"""`python -m localcloud.console --port N --data-dir DIR`: the console alone, until SIGTERM or SIGINT."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from localcloud.console.server import Console
from localcloud.httpd import HttpServer


def main() -> int:
    """Serve until a signal; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud.console",
        description="Shows what the local services hold; FIRESTORE_EMULATOR_HOST and CLOUD_TASKS_URL name them.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one (%(default)s)")
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="the data folder of localcloud up")
    options = parser.parse_args()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    console = Console(options.data_dir, os.environ.get("CLOUD_TASKS_URL", "http://127.0.0.1:1"))
    try:
        server = HttpServer(options.port, console)
    except OSError as error:
        print(f"console: port {options.port} cannot be used ({error.strerror})", file=sys.stderr)
        return 1
    server.start()
    print(f"console: listening on 127.0.0.1:{server.port}", flush=True)
    ended.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
