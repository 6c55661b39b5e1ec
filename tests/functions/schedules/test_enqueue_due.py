"""POST /schedules/enqueue_due: what was too far ahead for the queue."""

from datetime import UTC, datetime, timedelta

from tests.client import refused
from tests.functions.tasks.test_dispatch_outbox import pending, state

PATH = "/schedules/enqueue_due"


def test_what_has_come_within_the_horizon_gets_its_task(api, cloud) -> None:
    near = pending(cloud, state="deferred", at=datetime.now(UTC) + timedelta(days=24))
    far = pending(cloud, state="deferred", at=datetime.now(UTC) + timedelta(days=26))
    assert cloud.machine(api, "schedule", "enqueue_due").post(PATH).status == 204
    assert (state(cloud, near), state(cloud, far)) == ("sent", "deferred")


def test_nobody_but_the_scheduler_may_call(api) -> None:
    refused(api.post(PATH), 401, "TOKEN_MISSING")
