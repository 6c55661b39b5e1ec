"""GET /providers/{providerId}/exceptions/{exceptionId}."""

import uuid

from tests.client import refused
from tests.functions.providers.conftest import book, workday


def test_who_is_still_inside(api, world, doctor) -> None:
    me, path, day = api.as_(doctor), f"/providers/{doctor.id}/exceptions", workday()
    patient = world.patient()
    visit = book(api, patient, doctor, day)
    made = me.post(path, {"from": day.isoformat(), "to": day.isoformat(), "kind": "vacation"})
    answer = me.get(f"{path}/{made['id']}")
    assert (answer.status, answer.trips) == (200, 3)
    assert answer["affected"] == made["affected"]
    assert api.as_(patient).call("DELETE", f"/appointments/{visit['id']}").status == 200
    assert me.get(f"{path}/{made['id']}")["affected"] == []


def test_refusals(api, practice) -> None:
    some = uuid.uuid4()
    refused(api.as_(practice.doctor).get(f"{practice.path}/exceptions/{some}"), 404, "NOT_FOUND")
    refused(api.as_(practice.other).get(f"{practice.path}/exceptions/{some}"), 403, "NOT_YOUR_SCHEDULE")
    refused(api.as_(practice.patient).get(f"{practice.path}/exceptions/{some}"), 403, "ROLE_NOT_ALLOWED")
    refused(api.as_(practice.admin).get(f"/providers/{some}/exceptions/{some}"), 404, "PROVIDER_NOT_FOUND")
