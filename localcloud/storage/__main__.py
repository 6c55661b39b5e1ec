"""`python -m localcloud.storage`: the local Cloud Storage as a process of its own."""

import sys

from localcloud import process
from localcloud.database import DataDirectoryError
from localcloud.storage.errors import StorageError
from localcloud.storage.server import Server


def main() -> int:
    """Serve until a signal; return the exit code."""
    parser = process.parser("storage", __doc__ or "", data="where objects and the signing key live")
    parser.add_argument("--bucket", action="append", default=[], metavar="NAME", help="a bucket to make; repeatable")
    parser.add_argument("--project", default="consentmd-local", help="project of the signing account")
    options = parser.parse_args()

    def start() -> Server:
        return Server(options.data_dir, options.port, buckets=options.bucket, project=options.project)

    return process.run("storage", options.port, start, DataDirectoryError, StorageError, chatty=True)


if __name__ == "__main__":
    sys.exit(main())
