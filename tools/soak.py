"""Run the long tests and keep what they showed: `python -m tools.soak` writes docs/soak.md.

They are marked `soak`: those of `tests/soak/`, and the long forms of tests that stand beside their short ones. Each
may record what it counted. Arguments are handed to pytest.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.bench.report import machine

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "soak.md"

HEAD = """\
# Long tests

`make soak` runs what takes too long for every change and writes this page: every function started alone, processes
killed with SIGKILL while clients write, histories of many clients at once, scheduling at times that are seldom met
(for which a C compiler is needed). They are the tests marked `soak`.
"""


@dataclass(frozen=True)
class Result:
    """One test, all its parameters together: whether it passed, how long it took, how often, and what it counted."""

    name: str
    passed: bool
    seconds: float
    counted: dict[str, str]
    times: int = 1


def results(junit: Path) -> list[Result]:
    """The tests in a JUnit file of pytest."""
    found: dict[str, Result] = {}
    # Written by our own pytest a moment ago.
    for case in ET.parse(junit).iter("testcase"):
        name = case.attrib["name"].partition("[")[0]
        before = found.get(name, Result(name, passed=True, seconds=0, counted={}, times=0))
        failed = any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
        found[name] = Result(
            name=name,
            passed=before.passed and not failed,
            seconds=before.seconds + float(case.attrib["time"]),
            counted=before.counted | {p.attrib["name"]: p.attrib["value"] for p in case.iter("property")},
            times=before.times + 1,
        )
    return list(found.values())


def page(found: list[Result], when: datetime) -> str:
    """The text of docs/soak.md."""
    lines = [HEAD, f"Run {when.date().isoformat()} on: {machine()}.", ""]
    for result in found:
        title = result.name.removeprefix("test_").replace("_", " ")
        lines += [f"## {title[:1].upper()}{title[1:]}", ""]
        lines += [f"**{'Passed' if result.passed else 'Failed'}** in {result.seconds:.0f} s{_times(result)}.", ""]
        if result.counted:
            lines += [*(f"* {name}: {value}" for name, value in result.counted.items()), ""]
    return "\n".join(lines).rstrip() + "\n"


def _times(result: Result) -> str:
    return f", {result.times} runs" if result.times > 1 else ""


def main(arguments: list[str]) -> int:
    """Run, write, and return pytest's exit code."""
    with tempfile.TemporaryDirectory(prefix="consentmd-soak-") as scratch:
        junit = Path(scratch) / "junit.xml"
        # What tests count (`record_property`) is in the older form of the file only.
        kept = ["-o", "junit_family=xunit1", f"--junitxml={junit}"]
        # The histories of the Firestore engine take nearly as long as all others together.
        two = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
        command = [sys.executable, "-m", "pytest", "-m", "soak", "-v", *two, *kept, "tests", *arguments]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        found = results(junit) if junit.exists() else []
    if found and not arguments:
        PAGE.write_text(page(found, datetime.now(UTC)))
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
