"""The engine's table in the benchmark: what it holds, and that it measures."""

from pathlib import Path

import pytest

from tools.bench.engine import Timing, measure, over, table


def test_only_what_has_a_budget_can_be_over_it() -> None:
    timings = [Timing("get", 1.4, 1.0, 1.5), Timing("slow get", 3.2, 2.0, 1.5), Timing("commit", 9.0, 1.0)]
    assert over(timings) == ["slow get: 1.60"]
    assert [row[3:] for row in table(timings).rows] == [["1.40", "1.5"], ["1.60", "1.5"], ["9.00", "–"]]


@pytest.mark.soak
def test_it_measures_every_kind_of_work(tmp_path: Path) -> None:
    timings = measure(tmp_path, batches=1, listeners=50)
    assert len(timings) == 6
    assert all(timing.engine > 0 and timing.echo > 0 for timing in timings)
