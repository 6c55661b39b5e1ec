"""Local services as processes of their own, for the tests of what a person starts."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def service(
    module: str, *arguments: str, environ: dict[str, str] | None = None
) -> Iterator[tuple[int, subprocess.Popen]]:
    """Run `python -m module` until the block ends; yield its port, from its ready line, and the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            start = f"{module.removeprefix('localcloud.')}: listening on 127.0.0.1:"
            ready = next((line for line in process.stdout if line.startswith(start)), None)
            assert ready is not None, f"{module} ended without its ready line"
            yield int(ready.removeprefix(start)), process
        finally:
            process.kill()


def until(condition: Callable[[], object], what: str, seconds: float = 60) -> object:
    """Wait for a condition and return what made it true; fail with `what` when it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} s")
