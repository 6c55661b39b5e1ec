"""Appointments booked, moved and cancelled while API and database are killed: what was acknowledged is there, once."""

from pathlib import Path

import pytest

from tools import bench_booking


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_no_booking_is_lost_or_doubled_when_processes_are_killed(tmp_path: Path, record_property) -> None:
    with bench_booking.clinic(tmp_path, 20, durable=True) as there:
        ledger = bench_booking.operations(there, 1000, 4)
    record_property("operations", ledger.operations)
    record_property("kills", 4)
    record_property("done", ", ".join(f"{number} {what}" for what, number in sorted(ledger.done.items())))
    assert ledger.problems == []
    assert ledger.operations == 1000
