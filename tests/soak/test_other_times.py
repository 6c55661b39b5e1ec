"""The tests of scheduling at times that are seldom tried: nights, changes of clocks, ends of months and years."""

import os
import shutil
import subprocess
import sys
import time
from datetime import datetime

import pytest

from tests.localcloud.running import ROOT

#: What is asked about days and hours.
TESTS = ("functions/appointments", "functions/providers", "shared/scheduling", "scenarios/test_booking.py")

MOMENTS = {
    "it is another day in New York than in UTC": "2026-12-31T04:30Z",
    "the night before clocks change in New York": "2027-03-13T23:30Z",
    "the night before they do in Berlin, weeks later": "2027-03-27T23:50Z",
    "the hour that Berlin has twice": "2027-10-31T00:40Z",
    "the day before a leap day": "2028-02-28T12:00Z",
}


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_scheduling_at_other_times(moment: str, record_property) -> None:
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("faketime (libfaketime, a package of most systems) is not installed")
    ahead = int(datetime.fromisoformat(moment).timestamp() - time.time())
    # A run of its own, not a part of the one this is.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CONSENTMD_"))}
    answer = subprocess.run(
        [faketime, "-m", "-f", f"{ahead:+d}", sys.executable, "-m", "pytest", "-q", "-m", "not soak",
         *(f"tests/{part}" for part in TESTS)],
        cwd=ROOT, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout[-20_000:]
    record_property("times", ", ".join(MOMENTS))
