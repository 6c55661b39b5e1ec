"""The local cloud's command line: `python -m localcloud up | env | status`."""

import argparse
import sys
from pathlib import Path

from localcloud.environment import Ports
from localcloud.ports import OPTIONS
from localcloud.up import UsageError, env, status, up


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code; 1 with a sentence on standard error when it cannot be carried out."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character gets a question mark, not a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        if options.command == "env":
            print(env(options.data_dir))
        elif options.command == "status":
            print(status(options.data_dir))
        else:
            ports = Ports(**{name: getattr(options, name) for name in OPTIONS})
            return up(ports, options.data_dir, reset=options.reset, seed=options.seed)
    except UsageError as error:
        print(f"localcloud: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--data-dir", type=Path, default=Path(".localcloud"), metavar="DIR", help="where all data is kept (%(default)s)"
    )
    parser = argparse.ArgumentParser(
        prog="python -m localcloud", description="The whole cloud on one machine: API, database, files, tasks, mail."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", parents=[common], help="start everything and stay until Ctrl-C")
    defaults = {"api": 8080, "console": 4000}
    for name, option in OPTIONS.items():
        default = defaults.get(name, 0)
        text = f"port of {name} ({default or 'a free one'})"
        start.add_argument(option, dest=name, type=_port, default=default, metavar="N", help=text)
    start.add_argument("--reset", action="store_true", help="remove all data first")
    start.add_argument("--no-seed", dest="seed", action="store_false", help="make no demo data")
    commands.add_parser("env", parents=[common], help="print the variables that point a program at what runs")
    commands.add_parser("status", parents=[common], help="list what runs")
    return parser


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 (any free one) to 65535")
    return port


if __name__ == "__main__":
    sys.exit(main())
