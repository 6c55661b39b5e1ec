"""`python -m localcloud.firestore`: run the engine alone, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from localcloud.firestore import IndexFileError, StoreError, serve


def main() -> int:
    """Parse the arguments, serve, and stop cleanly."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.firestore", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (0: a free one)")
    parser.add_argument("--data-dir", type=Path, default=Path(".localcloud/firestore"), help="where the data lives")
    parser.add_argument("--in-memory", action="store_true", help="keep nothing")
    parser.add_argument("--indexes", type=Path, help="a firestore.indexes.json")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        server = serve(None if arguments.in_memory else arguments.data_dir, arguments.port, arguments.indexes)
    except (StoreError, IndexFileError) as problem:
        print(f"firestore: {problem}", file=sys.stderr, flush=True)
        return 1
    print(f"firestore: listening on 127.0.0.1:{server.port}", flush=True)
    stopped.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
