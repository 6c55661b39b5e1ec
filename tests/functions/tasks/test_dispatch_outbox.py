"""POST /tasks/dispatch_outbox: from outbox documents to tasks."""

from datetime import UTC, datetime, timedelta

from shared.store.document import new_id
from shared.store.outbox import OutboxEntry, to_wake
from tests.client import refused

PATH = "/tasks/dispatch_outbox"


def pending(cloud, **fields) -> OutboxEntry:
    unit = cloud.unit()
    entry = unit.create(
        OutboxEntry(
            **{"id": new_id(), "job": "refresh_relationship", "ref": "nobody_nobody", "dedupe_key": new_id()}
            | {"created_at": datetime.now(UTC)}
            | fields
        )
    )
    unit.commit()
    return entry


def state(cloud, entry) -> str:
    return cloud.unit().get(OutboxEntry, entry.id).state


def test_creates_the_task_and_marks_the_document(api, cloud) -> None:
    entry = pending(cloud)
    answer = cloud.machine(api, "task", "dispatch_outbox").post(PATH, {"ids": [entry.id]})
    assert (answer.status, answer.trips) == (204, 2)
    assert state(cloud, entry) == "sent"


def test_twice_is_the_same_as_once(api, cloud) -> None:
    entry = pending(cloud)
    caller = cloud.machine(api, "task", "dispatch_outbox")
    caller.post(PATH, {"ids": [entry.id]})
    again = caller.post(PATH, {"ids": [entry.id, new_id()]})
    assert again.status == 204
    assert again.writes == 0


def test_what_is_beyond_the_queues_horizon_waits_as_a_document(api, cloud) -> None:
    entry = pending(cloud, at=datetime.now(UTC) + timedelta(days=40))
    cloud.machine(api, "task", "dispatch_outbox").post(PATH, {"ids": [entry.id]})
    assert state(cloud, entry) == "deferred"


def test_nobody_but_cloud_tasks_may_call(api, cloud, world) -> None:
    refused(api.post(PATH, {"ids": []}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"ids": []}), 401, "TOKEN_INVALID")
    other_worker = cloud.machine(api, "task", "send_email")
    refused(other_worker.post(PATH, {"ids": []}), 401, "TOKEN_INVALID")
    scheduler = cloud.machine(api, "schedule", "dispatch_outbox")
    refused(scheduler.post(PATH, {"ids": []}), 401, "TOKEN_INVALID")


def test_only_what_is_new_wakes_the_dispatcher(cloud) -> None:
    entry, unit = pending(cloud), cloud.unit()
    unit.update(unit.get(OutboxEntry, entry.id), state="sent")
    assert to_wake(unit) == []
    added = unit.create(entry.model_copy(update={"id": new_id()}))
    assert to_wake(unit) == [added.id]
