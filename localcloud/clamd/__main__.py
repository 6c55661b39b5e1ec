"""`python -m localcloud.clamd --port N --data-dir DIR`: the virus scanner alone, until SIGTERM or SIGINT."""

import sys

from localcloud import process
from localcloud.clamd.server import REFUSE, Clamd


def main() -> int:
    """Serve until a signal; return the exit code."""
    about = f"A virus scanner that knows the EICAR test file. Scans fail while DIR/{REFUSE} exists."
    parser = process.parser("clamd", about, data="where it looks for orders")
    parser.add_argument("--stream-max-length", type=int, default=60_000_000, help="longest stream, bytes (%(default)s)")
    options = parser.parse_args()

    def start() -> Clamd:
        options.data_dir.mkdir(parents=True, exist_ok=True)
        server = Clamd(options.port, options.data_dir, options.stream_max_length)
        server.start()
        return server

    return process.run("clamd", options.port, start)


if __name__ == "__main__":
    sys.exit(main())
