"""`python -m localcloud.console --port N --data-dir DIR`: the console alone, until SIGTERM or SIGINT."""

import os
import sys

from localcloud import process
from localcloud.console.server import Console
from localcloud.httpd import HttpServer


def main() -> int:
    """Serve until a signal; return the exit code."""
    about = "Shows what the local services hold; FIRESTORE_EMULATOR_HOST and CLOUD_TASKS_URL name them."
    options = process.parser("console", about, data="the data folder of localcloud up").parse_args()
    console = Console(options.data_dir, os.environ.get("CLOUD_TASKS_URL", "http://127.0.0.1:1"))
    return process.run("console", options.port, lambda: HttpServer.started(options.port, console))


if __name__ == "__main__":
    sys.exit(main())
