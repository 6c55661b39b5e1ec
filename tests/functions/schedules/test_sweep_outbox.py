"""POST /schedules/sweep_outbox: what no wake-up reached."""

from datetime import UTC, datetime, timedelta

from tests.client import refused
from tests.functions.tasks.test_dispatch_outbox import pending, state

PATH = "/schedules/sweep_outbox"


def sweep(api, cloud):
    return cloud.machine(api, "schedule", "sweep_outbox").post(PATH)


def test_finds_what_has_been_pending_for_a_while(api, cloud) -> None:
    entry = pending(cloud, created_at=datetime.now(UTC) - timedelta(minutes=2))
    assert sweep(api, cloud).status == 204
    assert state(cloud, entry) == "sent"


def test_leaves_alone_what_its_own_request_is_waking(api, cloud) -> None:
    entry = pending(cloud)
    sweep(api, cloud)
    assert state(cloud, entry) == "pending"


def test_nobody_but_the_scheduler_may_call(api, cloud) -> None:
    refused(api.post(PATH), 401, "TOKEN_MISSING")
    refused(cloud.machine(api, "task", "sweep_outbox").post(PATH), 401, "TOKEN_INVALID")
