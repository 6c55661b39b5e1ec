"""Processes that are killed in the middle of writing: nothing acknowledged is lost, nothing is doubled.

One round; `tests/soak/test_kill_loop.py` goes on for longer, with every process of `localcloud up`.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.accidents import backend, database
from tests.writers import Practice, check_audit


def claimed_mails(stored: Any) -> int:
    """Mails that a sender, perhaps one that was killed, has taken on and not finished."""
    messages = (found.to_dict() for found in stored.collection("emails").stream())
    return sum(message["state"] == "queued" and message["leaseUntil"] is not None for message in messages)


@pytest.mark.timeout(180)
def test_nothing_is_lost_when_the_api_and_the_database_are_killed(tmp_path: Path) -> None:
    with backend(tmp_path) as (stack, world):
        admin, practice = world.admin, Practice(world, stack.url)
        with practice.at_work():
            for name in ("api", "firestore"):
                practice.written(6)
                stack.kill(name)
                stack.restart(name)
            practice.written(6)
        stored = database(stack)
        practice.check(
            world.api,
            stack.data_dir / "smtp",
            sweep=lambda: stack.run_schedule("sweep_outbox"),
            claimed=lambda: claimed_mails(stored),
        )
        check_audit(world.api, admin, lambda: stack.run_schedule("seal_audit"), at_least=len(practice.ledger))
