"""DELETE /providers/{providerId}/exceptions/{exceptionId}."""

import uuid

from tests.client import refused
from tests.functions.providers.conftest import slots, workday


def test_the_usual_hours_are_back(api, practice, doctor) -> None:
    me, path, day = api.as_(doctor), f"/providers/{doctor.id}/exceptions", workday()
    before = slots(api, practice.patient, doctor, day)
    made = me.post(path, {"from": day.isoformat(), "to": day.isoformat(), "kind": "unavailable"})
    special = {"from": day.isoformat(), "to": day.isoformat(), "kind": "special_hours",
               "hours": [{"startTime": "18:00", "endTime": "19:00"}]}  # fmt: skip
    extra = me.post(path, special)
    assert slots(api, practice.patient, doctor, day) == []
    # Somebody else's path does not lead to it.
    refused(api.as_(practice.other).delete(f"/providers/{practice.other.id}/exceptions/{made['id']}"), 404, "NOT_FOUND")
    answer = me.delete(f"{path}/{made['id']}")
    assert (answer.status, answer.trips) == (204, 2)
    assert slots(api, practice.patient, doctor, day) == ["06:00 PM", "06:30 PM"]
    assert me.delete(f"{path}/{extra['id']}").status == 204
    assert slots(api, practice.patient, doctor, day) == before
    refused(me.delete(f"{path}/{made['id']}"), 404, "NOT_FOUND")


def test_nobody_else(api, practice) -> None:
    some = uuid.uuid4()
    refused(api.as_(practice.other).delete(f"{practice.path}/exceptions/{some}"), 403, "NOT_YOUR_SCHEDULE")
    refused(api.as_(practice.patient).delete(f"{practice.path}/exceptions/{some}"), 403, "ROLE_NOT_ALLOWED")
    refused(api.as_(practice.admin).delete(f"/providers/{some}/exceptions/{some}"), 404, "PROVIDER_NOT_FOUND")
