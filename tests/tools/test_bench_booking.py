"""The bench of bookings, small: what it checks holds. How long requests take is not a test's matter."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import bench_booking

ROOT = Path(__file__).parents[2]


#: In a process of its own: the bench sets the process it runs in up for its own services.
SMALL = """
import json, sys
from pathlib import Path
from tools import bench_booking
with bench_booking.clinic(Path(sys.argv[1]), 8, slot_minutes=60) as there:
    taken = bench_booking.takers(there)
    filled = bench_booking.users(there, 12, (0.0, 0.05))
print(json.dumps([taken.problems, filled.problems, taken.statuses[201], len(filled.booked)]))
"""


@pytest.mark.timeout(180)
def test_takers_and_users(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SMALL, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [[], [], 1, 12]


def test_the_check_finds_what_is_wrong() -> None:
    from datetime import date

    from shared.scheduling.days import Busy, ProviderDay

    def day(*spans: tuple[int, int]) -> ProviderDay:
        busy = [Busy(start=a, end=b, kind="appointment", ref_id=str(n)) for n, (a, b) in enumerate(spans)]
        return ProviderDay(id="d", provider_id="p", date=date(2026, 12, 1), busy=busy)

    class Stored:
        def __init__(self, *days: ProviderDay) -> None:
            self.days = days

        def stored(self, _cls: type) -> list[ProviderDay]:
            return list(self.days)

    assert bench_booking.overlaps(Stored(day((0, 30), (30, 60)))) == []
    assert len(bench_booking.overlaps(Stored(day((0, 31), (30, 60)), day((5, 9), (6, 7))))) == 2
