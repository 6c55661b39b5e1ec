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


def test_a_new_token_takes_the_place_of_the_old_one(api, cloud, world) -> None:
    own, other = world.family(), world.family()
    first, foreign = (
        api.as_(who).post("/notifications/devices", {"token": token(), "platform": "ios"})["deviceId"]
        for who in (own, other)
    )
    body = {"token": token(), "platform": "ios", "replaces": first}
    answer = api.as_(own).post("/notifications/devices", body)
    assert (answer.status, answer.trips) == (201, 2)
    assert cloud.unit().get(Device, first) is None
    # Said again, or of a device that is not there any more, it is the same.
    assert api.as_(own).post("/notifications/devices", body)["deviceId"] == answer["deviceId"]
    assert api.as_(own).post("/notifications/devices", body | {"replaces": answer["deviceId"]}).status == 201
    assert cloud.unit().get(Device, answer["deviceId"]) is not None
    # Somebody else's stays, and nobody learns whether it was there.
    assert api.as_(own).post("/notifications/devices", body | {"replaces": foreign}).status == 201
    assert cloud.unit().get(Device, foreign) is not None


def test_what_is_no_token_is_refused(api, world) -> None:
    account = api.as_(world.family())
    refused(account.post("/notifications/devices", {"token": "short", "platform": "ios"}), 400, "VALIDATION_ERROR")
    refused(account.post("/notifications/devices", {"token": token(), "platform": "pager"}), 400, "VALIDATION_ERROR")
