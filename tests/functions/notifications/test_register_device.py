from shared.notifications.devices import device_id
from shared.notifications.documents import Device
from tests.client import refused
from tests.functions.notifications.notices import token


def test_a_token_is_one_device_of_one_account(api, cloud, world) -> None:
    own, first, second = token(), world.family(), world.family()
    answer = api.as_(first).post("/notifications/devices", {"token": own, "platform": "ios"})
    assert (answer.status, answer.trips) == (201, 2)
    assert answer["deviceId"] == device_id(own)
    twice = api.as_(first).post("/notifications/devices", {"token": own, "platform": "ios"})
    assert twice["deviceId"] == answer["deviceId"]
    api.as_(second).post("/notifications/devices", {"token": own, "platform": "ios"})
    assert cloud.unit().get(Device, device_id(own)).user_id == second.id
    raw = cloud.firestore.collection("devices").document(device_id(own)).get().to_dict()
    assert isinstance(raw["token"], bytes)


def test_what_is_no_token_is_refused(api, world) -> None:
    account = api.as_(world.family())
    refused(account.post("/notifications/devices", {"token": "short", "platform": "ios"}), 400, "VALIDATION_ERROR")
    refused(account.post("/notifications/devices", {"token": token(), "platform": "pager"}), 400, "VALIDATION_ERROR")
