"""Round trips as declared, and reads that follow the page, of every endpoint at two sizes of the practice."""

import subprocess
import sys

import pytest

from localcloud.services import ROOT


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_every_endpoint_keeps_its_round_trips_at_both_sizes() -> None:
    command = [sys.executable, "-m", "tools.bench", "--quick", "--only", "trips"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Everything is within budget." in done.stdout, done.stdout
