"""GET /admin/legal-holds."""

from shared.store.document import new_id
from tests.client import refused

PATH = "/admin/legal-holds"


def test_in_force_and_released(api, world) -> None:
    admin = api.as_(world.admin)
    kept = admin.post(PATH, {"chatId": new_id(), "reason": "One"})["id"]
    ended = admin.post(PATH, {"chatId": new_id(), "reason": "Two"})["id"]
    admin.delete(f"{PATH}/{ended}")
    listed = admin.get(PATH, params={"limit": 100})
    assert listed.status == 200
    in_force = {hold["id"] for hold in listed["data"]}
    assert kept in in_force
    assert ended not in in_force
    released = admin.get(PATH, params={"active": "false", "limit": 100})["data"]
    assert {"Two"} == {hold["reason"] for hold in released if hold["id"] == ended}


def test_nobody_else(api, world) -> None:
    refused(api.as_(world.patient()).get(PATH), 403, "ROLE_NOT_ALLOWED")
