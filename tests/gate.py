"""After a full run: enough lines have run, every endpoint has answered success, every declared error has occurred.

    python -m tests.gate build/seen

Reads what each test process saw (`tests.lines`, `tests.seen`). Only for full runs: a part of the tests cannot have
called everything.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from tests import lines
from tools.manifest import endpoints

#: Line coverage below this fails the run.
LEAST_PERCENT = 80


def problems(folder: Path) -> list[str]:
    """What a full run has not shown."""
    success: set[str] = set()
    reasons: dict[str, set[str]] = defaultdict(set)
    for file in folder.glob("*.json"):
        seen = json.loads(file.read_text())
        success |= set(seen["success"])
        for name, found in seen["reasons"].items():
            reasons[name] |= set(found)
    found = []
    for spec in endpoints():
        if spec.name not in success:
            found.append(f"{spec.name} never answered success")
        missing = sorted({e.reason for e in spec.errors} - reasons[spec.name])
        found += [f"{spec.name} declares {reason}, which never occurred" for reason in missing]
    return found


def covered(folder: Path) -> bool:
    """Whether enough of the product's lines ran; prints those that did not."""
    if lines.NOT_HERE:
        print("line coverage: cannot be measured by this Python on this machine (3.12 or later can)")
        return True
    seen = lines.coverage(folder)
    lines.show(seen)
    summary = seen["summary"]
    percent, counted = summary["percent_covered"], summary["covered_lines"] + summary["missing_lines"]
    print(f"line coverage: {percent:.1f} % of {counted:,} lines, at least {LEAST_PERCENT} % asked")
    return percent >= LEAST_PERCENT


def main(arguments: list[str]) -> int:
    """Print what is missing."""
    folder = Path(arguments[0])
    enough = covered(folder)
    found = problems(folder)
    for line in found:
        print(line)
    print(f"endpoint gate: {len(endpoints())} endpoints, {len(found)} problems")
    return 0 if enough and not found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
