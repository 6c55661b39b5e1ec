"""Which modules each function loads when it starts, and which functions therefore start alike.

`python -m tools.bench.imports` reads names of functions (JSON) and writes what each loads, as a process that has loaded
none of them itself.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.http.endpoint import Endpoint

ROOT = Path(__file__).parents[2]


class ImportsError(Exception):
    """A function cannot be loaded; the message says which."""


def alike(specs: Iterable["Endpoint"]) -> list[list["Endpoint"]]:
    """Functions in groups: those of a group declare the same SDKs and load the same modules but for their own file.

    What is imported at the first request follows from what is declared, so a group starts alike in all but that file.
    Raises `ImportsError`.
    """
    named = {spec.name: spec for spec in specs}
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench.imports"], input=json.dumps([*named]), cwd=ROOT, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise ImportsError(done.stderr.strip())
    groups: dict[Any, list[Endpoint]] = {}
    for name, loaded in json.loads(done.stdout).items():
        groups.setdefault((named[name].uses, frozenset(loaded)), []).append(named[name])
    return list(groups.values())


def _loaded(target: str) -> list[str]:
    """Modules there are after `target` is loaded, in a process of its own that ends with it."""
    import main

    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            main.load(target)
            with os.fdopen(writing, "w") as pipe:
                json.dump(sorted(name for name in sys.modules if name.rpartition(".")[2] != target), pipe)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    if os.waitpid(child, 0)[1] != 0:
        raise ImportsError(f"{target} cannot be loaded")
    found: list[str] = json.loads(text)
    return found


if __name__ == "__main__":
    # Every function loads these; once is enough.
    import shared.http  # noqa: F401

    json.dump({name: _loaded(name) for name in json.load(sys.stdin)}, sys.stdout)
