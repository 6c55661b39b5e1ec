"""POST /tasks/tell_displaced."""

import uuid

from tests.client import refused
from tests.functions.providers.conftest import book, hours, workday

PATH = "/tasks/tell_displaced"


def test_told_once_and_only_while_it_stands(api, cloud, world) -> None:
    doctor, patient = world.doctor(), world.patient()
    assert api.as_(doctor).put(f"/providers/{doctor.id}/availability", hours()).status == 200
    visit = book(api, patient, doctor, workday())["id"]
    worker = cloud.machine(api, "task", "tell_displaced")
    answer = worker.post(PATH, {"id": visit})
    assert (answer.status, answer.trips) == (204, 2)
    asked = cloud.stored("notificationRequests", "refId", visit)
    told = [found.to_dict() for found in asked if "displaced" in found.get("dedupeKey")]
    assert [(t["userIds"], t["type"]) for t in told] == [([patient.id], "appointment_reminder")]
    assert api.as_(patient).delete(f"/appointments/{visit}").status == 200
    assert worker.post(PATH, {"id": visit}).writes == 0


def test_nothing_to_do(api, cloud) -> None:
    assert cloud.machine(api, "task", "tell_displaced").post(PATH, {"id": str(uuid.uuid4())}).writes == 0
    refused(api.post(PATH, {"id": "x"}), 401, "TOKEN_MISSING")
