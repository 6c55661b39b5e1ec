"""The tests of scheduling at times that are seldom tried: nights, changes of clocks, ends of months and years."""

import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

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
def test_scheduling_at_other_times(moment: str, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("a C compiler and Linux are needed to shift the clock of all processes")
    ahead, clock = int(datetime.fromisoformat(moment).timestamp() - time.time()), tmp_path / "clock.so"
    source = Path(__file__).with_name("other_times.c")
    subprocess.run([compiler, "-O2", "-Wall", "-Werror", "-shared", "-fPIC", f"-DAHEAD={ahead}L", "-o", clock, source],
                   check=True)  # fmt: skip
    # A run of its own, not a part of the one this is.
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CONSENTMD_"))}
    then = own | {"LD_PRELOAD": str(clock)}
    shown = subprocess.check_output([sys.executable, "-c", "import time; print(time.time())"], env=then)
    assert abs(float(shown) - time.time() - ahead) < 60
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "not soak", *(f"tests/{part}" for part in TESTS)],
        cwd=ROOT, env=then, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout[-20_000:]
