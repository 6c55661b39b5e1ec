"""Which lines of the product ran in this test process; `-p tests.lines` switches it on, before anything is imported.

A tracer is called for each line of each library, which costs this suite half its time again. Probes are put into our
own code alone, once, and stay there: taking out those that have told what they know costs more than leaving them.
`tests.gate` adds up what the processes saw. What is counted is lines that have code, of which a statement may have
several.
"""

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

import pytest

#: Slipcover is compiled before Python 3.12, and is not for this machine (see requirements-dev.in).
NOT_HERE = sys.version_info < (3, 12) and platform.machine() == "aarch64"

if not NOT_HERE:
    import slipcover

ROOT = Path(__file__).parents[1]
FOLDERS = [ROOT / "shared", ROOT / "functions"]
NEVER = 2**31 - 1

_probes: Any = None


def _start() -> Any:
    probes = slipcover.Slipcover(d_miss_threshold=NEVER)
    ours = slipcover.FileMatcher(sources=[*FOLDERS, ROOT / "main.py"])
    slipcover.wrap_spec_from_file_location(probes, ours)
    slipcover.ImportManager(probes, ours).__enter__()
    return probes


# The process that hands out the tests runs none; the others are here before the first conftest is.
if "PYTEST_XDIST_WORKER" in os.environ and not NOT_HERE:
    _probes = _start()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep it for the gate."""
    folder = os.environ.get("CONSENTMD_SEEN_DIR")
    if folder and _probes:
        (Path(folder) / "lines").mkdir(parents=True, exist_ok=True)
        (Path(folder) / "lines" / f"{os.getpid()}.json").write_text(json.dumps(_probes.get_coverage()))


def coverage(folder: Path) -> dict[str, Any]:
    """What all processes saw, in slipcover's own form; a file that none of them imported counts with all its lines."""
    seen = slipcover.Slipcover(source=[str(path) for path in FOLDERS]).get_coverage()
    for file in (folder / "lines").glob("*.json"):
        slipcover.merge_coverage(seen, json.loads(file.read_text()))
    return seen


def show(seen: dict[str, Any]) -> None:
    """Print every file that has lines which did not run, and which."""
    slipcover.print_coverage(seen, skip_covered=True, missing_width=60)
