"""`python -m localcloud.clamd --port N --data-dir DIR`: the virus scanner alone, until SIGTERM or SIGINT."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from localcloud.clamd.server import REFUSE, Clamd


def main() -> int:
    """Serve until a signal; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m localcloud.clamd",
        description=f"A virus scanner that knows the EICAR test file. Scans fail while DIR/{REFUSE} exists.",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one (%(default)s)")
    parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="where it looks for orders")
    parser.add_argument("--stream-max-length", type=int, default=60_000_000, help="longest stream, bytes (%(default)s)")
    options = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        options.data_dir.mkdir(parents=True, exist_ok=True)
        server = Clamd(options.port, options.data_dir, options.stream_max_length)
    except OSError as error:
        print(f"clamd: {error}", file=sys.stderr)
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"clamd: listening on 127.0.0.1:{server.port}", flush=True)
    ended.wait()
    server.shutdown()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
