"""`python -m localcloud.tasks`: the local Cloud Tasks and Cloud Scheduler as a process of its own."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from localcloud.database import DataDirectoryError
from localcloud.tasks.manifest import ManifestError
from localcloud.tasks.server import Server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m localcloud.tasks", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="HTTP port; 0 picks a free one")
    parser.add_argument("--grpc-port", type=int, default=0, help="gRPC port; 0 picks a free one")
    parser.add_argument("--data-dir", type=Path, required=True, help="where queues, tasks and the signing key live")
    parser.add_argument("--schedules", type=Path, help="infra/functions.json: queues and schedules")
    parser.add_argument("--target", default="http://127.0.0.1:8080", help="base URL of the functions")
    parser.add_argument("--project", default="consentmd-local", help="project of the configured queues")
    parser.add_argument("--location", default="us-central1", help="location of the configured queues")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = Server(
            options.data_dir,
            options.port,
            options.grpc_port,
            schedules=options.schedules,
            target=options.target,
            project=options.project,
            location=options.location,
        )
    except (DataDirectoryError, ManifestError) as error:
        print(f"tasks: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"tasks: cannot listen on port {options.port} or {options.grpc_port}: {error}", file=sys.stderr)
        return 1
    print(f"tasks: gRPC on 127.0.0.1:{server.grpc_port}", flush=True)
    print(f"tasks: listening on 127.0.0.1:{server.port}", flush=True)
    stop.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
