"""`python -m localcloud.tasks`: the local Cloud Tasks and Cloud Scheduler as a process of its own."""

import sys
from pathlib import Path

from localcloud import process
from localcloud.database import DataDirectoryError
from localcloud.tasks.manifest import ManifestError
from localcloud.tasks.server import Server


def main() -> int:
    """Serve until a signal; return the exit code."""
    parser = process.parser("tasks", __doc__ or "", data="where queues, tasks and the signing key live")
    parser.add_argument("--grpc-port", type=int, default=0, help="gRPC port; 0 picks a free one")
    parser.add_argument("--schedules", type=Path, help="infra/functions.json: queues and schedules")
    parser.add_argument("--target", default="http://127.0.0.1:8080", help="base URL of the functions")
    parser.add_argument("--project", default="consentmd-local", help="project of the configured queues")
    parser.add_argument("--location", default="us-central1", help="location of the configured queues")
    options = parser.parse_args()

    def start() -> Server:
        server = Server(
            options.data_dir,
            options.port,
            options.grpc_port,
            schedules=options.schedules,
            target=options.target,
            project=options.project,
            location=options.location,
        )
        print(f"tasks: gRPC on 127.0.0.1:{server.grpc_port}", flush=True)
        return server

    return process.run("tasks", options.port, start, DataDirectoryError, ManifestError, chatty=True)


if __name__ == "__main__":
    sys.exit(main())
