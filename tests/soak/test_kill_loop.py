"""kill -9 of every process of `localcloud up` in turn, while a practice writes to it."""

from pathlib import Path

import pytest

from tests.accidents import Apart, client
from tests.client import Api
from tests.soak.up import Up
from tests.writers import Practice, check_audit

VICTIMS = ("firestore", "tasks", "api", "smtp", "supervisor")
ROUNDS = 3
#: Acknowledged writes between two kills.
WRITES = 15


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_nothing_is_lost_or_doubled_whatever_is_killed(tmp_path: Path, record_property) -> None:
    cloud = Up(tmp_path / "data")
    cloud.start()
    try:
        with client(cloud.url) as http:
            api = Api(http)
            world = Apart(cloud, api)
            admin, practice = world.admin, Practice(world, cloud.url)
            kills = 0
            with practice.at_work(each=2):
                for victim in VICTIMS * ROUNDS:
                    practice.written(WRITES)
                    cloud.kill(victim)
                    kills += 1
                    cloud.start()
                practice.written(WRITES)
            admin = world.sign_in(admin.email)
            # What lost its wake-up is found by the sweeper, which the clock runs each minute.
            practice.check(api, cloud.data_dir / "smtp", sweep=lambda: None)
            seal = lambda: cloud.run_schedule("seal_audit")  # noqa: E731
            entries = check_audit(api, admin, seal, at_least=len(practice.ledger))
    finally:
        cloud.stop()
    assert cloud.errors == []
    record_property("kill -9", f"{kills} ({ROUNDS} of each of {', '.join(VICTIMS)})")
    record_property("acknowledged writes, all there once", len(practice.ledger))
    record_property("mails asked for, each arrived once", len(practice.ledger.registered) + len(practice.ledger.shared))
    record_property("audit entries, all sealed and valid", entries)
