"""Appointments booked, moved and cancelled while API and database are killed: what was acknowledged is there, once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.services import ROOT

#: In a process of its own: the bench sets the process it runs in up for its own services.
WHOLE = """
import json, sys
from pathlib import Path
from tools import bench_booking
with bench_booking.clinic(Path(sys.argv[1]), 20, durable=True) as there:
    ledger = bench_booking.operations(there, 1000, 4)
print(json.dumps([ledger.problems, ledger.operations, ledger.done]))
"""


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_no_booking_is_lost_or_doubled_when_processes_are_killed(tmp_path: Path, record_property) -> None:
    command = [sys.executable, "-c", WHOLE, str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    problems, operations, done = json.loads(run.stdout.splitlines()[-1])
    record_property("operations", operations)
    record_property("kills", 4)
    record_property("done", ", ".join(f"{number} {what}" for what, number in sorted(done.items())))
    assert problems == []
    assert operations == 1000
    # Of each kind many: where all are refused, nothing could be lost.
    assert min(done.get(what, 0) for what in ("book", "move", "cancel")) > 50, done
