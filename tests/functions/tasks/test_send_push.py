from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.events import NotificationType
from shared.notifications.devices import device_id
from shared.notifications.documents import Device, Notification
from shared.notifications.outcomes import DEAD_LETTERS
from shared.notifications.push import LEASE, Push
from shared.store.document import new_id
from tests.client import refused
from tests.functions.notifications.notices import again, with_device

PATH = "/tasks/send_push"


def queued(cloud, account, **fields) -> Notification:
    """A notification whose push has not begun."""
    unit, now = cloud.unit(), datetime.now(UTC)
    made = unit.create(
        Notification(
            id=new_id(), user_id=account.id, type=NotificationType.MESSAGE, ref_kind="messages", ref_id=new_id(),
            created_at=now, channels={"push": "queued"},
        )
    )  # fmt: skip
    values = {"id": made.id, "user_id": account.id, "created_at": now, "expires_at": now + timedelta(days=30)}
    unit.create(Push.model_validate(values | fields))
    unit.commit()
    return made


def send(api, cloud, made):
    return cloud.machine(api, "task", "send_push").post(PATH, {"id": made.id})


def stored(cloud, made) -> Push:
    return cloud.unit().get(Push, made.id)


def test_every_device_gets_it_once(api, cloud, world):
    account = world.family()
    devices = [with_device(api, account), with_device(api, account)]
    made = queued(cloud, account)
    answer = send(api, cloud, made)
    assert (answer.status, answer.trips) == (204, 4)
    repeated = send(api, cloud, made)
    assert (repeated.status, repeated.writes) == (204, 0)
    for device in devices:
        (sent,) = cloud.sent("push", device)
        # What a repeat after a crash would carry again, so that the device shows one.
        assert sent["message"]["android"]["collapse_key"] == made.id
        assert sent["message"]["apns"]["headers"]["apns-collapse-id"] == made.id
        assert sent["message"]["webpush"]["notification"]["tag"] == made.id
    assert again(cloud, made).channels["push"] == "accepted"


def test_a_device_that_is_gone_is_forgotten(api, cloud, world):
    account = world.family()
    gone, there = with_device(api, account), with_device(api, account)
    cloud.vendor("/fcm/_answers", {"for": gone, "answer": "UNREGISTERED"})
    made = queued(cloud, account)
    assert send(api, cloud, made).status == 204
    assert cloud.unit().get(Device, device_id(gone)) is None
    assert cloud.unit().get(Device, device_id(there)) is not None
    assert again(cloud, made).channels["push"] == "accepted"


def test_no_device_left_is_known_from_then_on(api, cloud, world):
    account = world.family()
    cloud.vendor("/fcm/_answers", {"for": with_device(api, account), "answer": "UNREGISTERED"})
    made = queued(cloud, account)
    send(api, cloud, made)
    assert again(cloud, made).channels["push"] == "unregistered"


@pytest.mark.parametrize("answer", ["UNAVAILABLE", "QUOTA_EXCEEDED", "INTERNAL", "THIRD_PARTY_AUTH_ERROR"])
def test_what_may_pass_is_tried_three_times_for_the_devices_that_need_it(api, cloud, world, answer):
    account = world.family()
    well, ill = with_device(api, account), with_device(api, account)
    cloud.vendor("/fcm/_answers", {"for": ill, "answer": answer})
    made = queued(cloud, account)
    assert send(api, cloud, made).status == 204
    waiting = stored(cloud, made)
    assert (waiting.state, waiting.attempts, waiting.done_devices) == ("queued", 1, [device_id(well)])
    send(api, cloud, made)
    send(api, cloud, made)
    assert stored(cloud, made).state == "ended"
    assert len(cloud.sent("push", well)) == 1
    # One device has it, so the user has; the letter says that another has not.
    assert again(cloud, made).channels["push"] == "accepted"
    letters = cloud.unit().find(DEAD_LETTERS, state="open", channel="push", limit=50)
    (letter,) = [each for each in letters if each.ref == made.id]
    assert (letter.reason, letter.attempts, letter.user_id) == ("UNAVAILABLE", 3, account.id)


def test_a_try_that_works_ends_it(api, cloud, world):
    account = world.family()
    device = with_device(api, account)
    cloud.vendor("/fcm/_answers", {"for": device, "answer": "UNAVAILABLE", "times": 1})
    made = queued(cloud, account)
    send(api, cloud, made)
    assert again(cloud, made).channels["push"] == "queued"
    send(api, cloud, made)
    assert again(cloud, made).channels["push"] == "accepted"


def test_a_token_that_never_was_one_is_not_tried_again(api, cloud, world):
    account = world.family()
    cloud.vendor("/fcm/_answers", {"for": with_device(api, account), "answer": "INVALID_ARGUMENT"})
    made = queued(cloud, account)
    send(api, cloud, made)
    assert (stored(cloud, made).state, again(cloud, made).channels["push"]) == ("ended", "failed")


def test_without_the_vendor_it_waits(api, cloud, world):
    from shared import clients
    from tests.configured import configured

    account = world.family()
    with_device(api, account)
    made = queued(cloud, account)
    cloud.kill("vendors")
    try:
        assert send(api, cloud, made).status == 204
    finally:
        cloud.restart("vendors")
    assert stored(cloud, made).state == "queued"
    assert clients.fcm() is not None
    with configured(MAX_RETRY_ATTEMPTS="1"):
        send(api, cloud, made)
    assert again(cloud, made).channels["push"] == "accepted"


def test_workers_at_the_same_time_send_one(api, cloud, world):
    account = world.family()
    device = with_device(api, account)
    made = queued(cloud, account)
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(answer.status for answer in pool.map(lambda _: send(api, cloud, made), range(4)))
    assert statuses[0] == 204
    assert set(statuses) <= {204, 503}
    assert len(cloud.sent("push", device)) == 1


def test_a_worker_that_died_is_taken_over(api, cloud, world):
    account = world.family()
    with_device(api, account)
    held = queued(cloud, account, lease_until=datetime.now(UTC) + LEASE)
    refused(send(api, cloud, held), 503, "PUSH_UNAVAILABLE")
    dead = queued(cloud, account, lease_until=datetime.now(UTC) - timedelta(seconds=1), attempts=1)
    send(api, cloud, dead)
    assert stored(cloud, dead).state == "ended"


def test_it_is_for_the_queue(api, world):
    refused(api.post(PATH, {"id": new_id()}), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post(PATH, {"id": new_id()}), 401, "TOKEN_INVALID")
