"""The bench of bookings, small: what it checks holds. How long requests take is not a test's matter."""

from pathlib import Path

import pytest

from tools import bench_booking


@pytest.fixture
def elsewhere(monkeypatch):
    """The bench sets this process up for its own services; tests beside it have theirs."""
    import os

    from shared import clients
    from shared.config import settings

    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
    for made in (settings, clients.firestore, clients.sealer, clients.keyring):
        made.cache_clear()


@pytest.mark.timeout(180)
def test_takers_and_users(tmp_path: Path, elsewhere) -> None:
    with bench_booking.clinic(tmp_path, 8, slot_minutes=60) as there:
        taken = bench_booking.takers(there)
        filled = bench_booking.users(there, 12, (0.0, 0.05))
    assert (taken.problems, filled.problems) == ([], [])
    assert (taken.statuses[201], len(filled.booked)) == (1, 12)


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
