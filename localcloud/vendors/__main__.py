"""`python -m localcloud.vendors --port N --data-dir DIR`: every vendor's stand-in, until SIGTERM or SIGINT."""

import os
import sys

from localcloud import process
from localcloud.httpd import HttpServer
from localcloud.vendors.mount import Vendors


def main() -> int:
    """Serve until a signal; return the exit code."""
    about = "Stand-ins for vendors that speak HTTP, each under its own path prefix."
    options = process.parser("vendors", about, data="where what they are sent is kept").parse_args()

    def start() -> HttpServer:
        return HttpServer.started(options.port, Vendors(options.data_dir, dict(os.environ)))

    return process.run("vendors", options.port, start)


if __name__ == "__main__":
    sys.exit(main())
