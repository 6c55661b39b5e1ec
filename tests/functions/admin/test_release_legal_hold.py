"""DELETE /admin/legal-holds/{legalHoldId}."""

from shared.store.document import new_id
from tests.client import refused

PATH = "/admin/legal-holds"


def test_who_released_it_is_known(api, world) -> None:
    admin = api.as_(world.admin)
    hold = admin.post(PATH, {"patientId": world.patient().patient_id, "reason": "Subpoena"})["id"]
    released = admin.delete(f"{PATH}/{hold}")
    assert (released.status, released["active"], released["releasedBy"]) == (200, False, world.admin.id)
    assert released.trips == 2
    refused(admin.delete(f"{PATH}/{hold}"), 409, "ALREADY_DONE")


def test_nobody_else(api, world) -> None:
    refused(api.as_(world.admin).delete(f"{PATH}/{new_id()}"), 404, "NOT_FOUND")
    refused(api.as_(world.nurse()).delete(f"{PATH}/{new_id()}"), 403, "ROLE_NOT_ALLOWED")
