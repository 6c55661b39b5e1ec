"""`python -m localcloud.vendors --port N --data-dir DIR`: every vendor's stand-in, until SIGTERM or SIGINT."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from localcloud.httpd import HttpServer
from localcloud.vendors.mount import Vendors


def main() -> int:
    """Serve until a signal; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud.vendors",
        description="Stand-ins for vendors that speak HTTP, each under its own path prefix.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one (%(default)s)")
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="where what they are sent is kept")
    options = parser.parse_args()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        server = HttpServer(options.port, Vendors(options.data_dir, dict(os.environ)))
    except OSError as error:
        print(f"vendors: port {options.port} cannot be used ({error.strerror})", file=sys.stderr)
        return 1
    server.start()
    print(f"vendors: listening on 127.0.0.1:{server.port}", flush=True)
    ended.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
