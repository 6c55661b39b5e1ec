"""`python -m localcloud.storage`: the local Cloud Storage as a process of its own."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from localcloud.database import DataDirectoryError
from localcloud.storage.errors import StorageError
from localcloud.storage.server import Server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m localcloud.storage", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="HTTP port; 0 picks a free one")
    parser.add_argument("--data-dir", type=Path, required=True, help="where objects and the signing key live")
    parser.add_argument("--bucket", action="append", default=[], metavar="NAME", help="a bucket to make; repeatable")
    parser.add_argument("--project", default="consentmd-local", help="project of the signing account")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = Server(options.data_dir, options.port, buckets=options.bucket, project=options.project)
    except (DataDirectoryError, StorageError) as error:
        print(f"storage: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"storage: cannot listen on port {options.port}: {error}", file=sys.stderr)
        return 1
    print(f"storage: listening on 127.0.0.1:{server.port}", flush=True)
    stop.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
