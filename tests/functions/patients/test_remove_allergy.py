"""DELETE /patients/{patientId}/allergies/{allergyId}."""

from tests.client import refused
from tests.functions.patients.conftest import DOCTORS, HIDDEN, refusals

NEW = {"allergy": "Penicillin", "severity": "moderate", "reactionDescription": "Causes rash\nand fever"}


def test_it_is_gone_and_kept(api, circle, cloud) -> None:
    made = api.as_(circle.doctor).post(f"{circle.path}/allergies", NEW)
    path = f"{circle.path}/allergies/{made['id']}"
    assert api.as_(circle.doctor).delete(path).status == 204
    listed = api.as_(circle.doctor).get(f"{circle.path}/allergies", params={"limit": 100})["data"]
    assert made["id"] not in {entry["id"] for entry in listed}
    refused(api.as_(circle.doctor).delete(path), *HIDDEN)
    refused(api.as_(circle.doctor).put(path, {}), *HIDDEN)
    stored = cloud.firestore.collection("allergies").document(made["id"]).get().to_dict()
    assert (stored["deleted"], stored["deletedBy"]) == (True, circle.doctor.id)


def test_an_entry_of_another_record_is_not_found(api, world, circle) -> None:
    made = api.as_(circle.doctor).post(f"{circle.path}/allergies", NEW)
    other = world.record(circle.doctor)["id"]
    refused(api.as_(circle.doctor).delete(f"/patients/{other}/allergies/{made['id']}"), *HIDDEN)


def test_who_may_not(api, circle) -> None:
    made = api.as_(circle.doctor).post(f"{circle.path}/allergies", NEW)
    refusals(api, circle, "DELETE", f"{circle.path}/allergies/{made['id']}", DOCTORS)
