"""`python -m localcloud.firestore`: run the engine alone, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import sys
from pathlib import Path

from localcloud import process
from localcloud.firestore import IndexFileError, Server, StoreError, serve


def main() -> int:
    """Parse the arguments, serve, and stop cleanly."""
    where = Path(".localcloud/firestore")
    parser = process.parser("firestore", __doc__ or "", data="where the data lives (%(default)s)", default=where)
    parser.add_argument("--in-memory", action="store_true", help="keep nothing")
    parser.add_argument("--indexes", type=Path, help="a firestore.indexes.json")
    options = parser.parse_args()

    def start() -> Server:
        return serve(None if options.in_memory else options.data_dir, options.port, options.indexes)

    return process.run("firestore", options.port, start, StoreError, IndexFileError, chatty=True)


if __name__ == "__main__":
    sys.exit(main())
