"""`python -m localcloud.front --port N --functions URL`: sockets here, everything else passed on."""

import argparse
import sys

from localcloud.front.proxy import Front
from realtime.__main__ import serve
from realtime.app import Realtime
from shared.config import settings
from shared.logs import configure


def main(arguments: list[str]) -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m localcloud.front", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--functions", required=True, help="URL of the functions, without path")
    options = parser.parse_args(arguments)
    config = settings()
    configure(config.log_level)
    realtime = Realtime(config)
    serve(config, Front(realtime, options.functions), realtime, options.host, options.port)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
