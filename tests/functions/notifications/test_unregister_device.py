from shared.events import NotificationType
from shared.notifications.devices import device_id
from shared.notifications.documents import Device, Inbox
from tests.client import refused
from tests.conftest import eventually
from tests.functions.notifications.notices import again, notified, with_device


def test_it_gets_nothing_more(api, cloud, world) -> None:
    account = world.family()
    own = with_device(api, account)
    answer = api.as_(account).delete(f"/notifications/devices/{device_id(own)}")
    assert (answer.status, answer.trips) == (204, 2)
    assert cloud.unit().get(Device, device_id(own)) is None
    made = notified(api, cloud, account, kind=NotificationType.CALL_INCOMING)
    eventually(lambda: again(cloud, made).channels["push"] == "unreachable", "it is noted")
    assert cloud.sent("push", own) == []
    # What was found out is remembered: the next one does not try.
    assert cloud.unit().get(Inbox, account.id).has_devices is False
    assert notified(api, cloud, account).channels["push"] == "unreachable"


def test_somebody_elses_stays(api, cloud, world) -> None:
    own = with_device(api, world.family())
    refused(api.as_(world.family()).delete(f"/notifications/devices/{device_id(own)}"), 404, "NOT_FOUND")
    assert cloud.unit().get(Device, device_id(own)) is not None
