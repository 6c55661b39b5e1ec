"""Run a command that ends when whoever started it ends: `python -m localcloud.child COMMAND...`.

The starter holds the write end of a pipe that is this process's standard input. Before the process becomes the command
(same pid, so that exit codes and signals are the command's own) it forks a watcher that waits for that pipe to close,
which the system does however the starter ends, kill -9 included. This works for any command, unlike PR_SET_PDEATHSIG,
which is Linux only and tied to the thread that forked. The starter makes this process the leader of a session of its
own: the watcher ends that whole group.
"""

import os
import signal
import sys
import time

GRACE_SECONDS = 10.0
"""How long a command may take to end after SIGTERM before it and everything it started is killed."""

POLL_SECONDS = 0.05


def main(command: list[str]) -> None:
    """Become `command`. Exits with 127 when it cannot be started."""
    own = os.getpid()
    if os.fork() == 0:
        try:
            _watch(own)
        finally:
            os._exit(1)
    _redirect(os.O_RDONLY, 0)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", file=sys.stderr)
        sys.exit(127)


def _watch(command: int) -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    _redirect(os.O_WRONLY, 1, 2)
    while os.read(0, 64):
        pass
    # The parent's id changes when the parent ends, so this never signals a stranger who got its number.
    if os.getppid() == command:
        os.kill(command, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while os.getppid() == command and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    os.killpg(0, signal.SIGKILL)


def _redirect(flags: int, *descriptors: int) -> None:
    null = os.open(os.devnull, flags)
    for descriptor in descriptors:
        os.dup2(null, descriptor)
    os.close(null)


if __name__ == "__main__":
    main(sys.argv[1:])
