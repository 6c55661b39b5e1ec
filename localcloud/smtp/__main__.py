"""`python -m localcloud.smtp --port N --data-dir DIR`: the mail server alone, until SIGTERM or SIGINT."""

import sys

from localcloud import process
from localcloud.database import DataDirectoryError
from localcloud.smtp.server import REFUSE, MailServer


def main() -> int:
    """Serve until a signal; return the exit code."""
    about = f"A mail server that keeps what it is sent. It answers 451 while DIR/{REFUSE} exists."
    options = process.parser("smtp", about, data="where messages are kept").parse_args()
    return process.run("smtp", options.port, lambda: MailServer(options.port, options.data_dir), DataDirectoryError)


if __name__ == "__main__":
    sys.exit(main())
