"""After a full run: every endpoint has answered success, and every error an endpoint declares has occurred.

    python -m tests.gate build/seen

Reads what each test process saw (`tests.seen`). Only for full runs: a part of the tests cannot have called everything.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from tools.manifest import endpoints


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


def main(arguments: list[str]) -> int:
    """Print what is missing."""
    found = problems(Path(arguments[0]))
    for line in found:
        print(line)
    print(f"endpoint gate: {len(endpoints())} endpoints, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
