"""DELETE /patients/{patientId}/care-team/{userId}."""

from tests.client import refused
from tests.functions.patients.conftest import DECIDING, HIDDEN, refusals


def test_access_ends_at_once(api, world) -> None:
    patient, doctor = world.patient(), world.doctor()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    path = f"/patients/{patient.patient_id}"
    assert api.as_(doctor).get(path).status == 200
    gone = api.as_(patient).delete(f"{path}/care-team/{doctor.id}")
    assert gone.status == 204
    refused(api.as_(doctor).get(path), *HIDDEN)
    assert api.as_(doctor).get("/patients")["data"] == []
    refused(api.as_(patient).delete(f"{path}/care-team/{doctor.id}"), *HIDDEN)
    # And begins again.
    world.join_care_team(patient.patient_id, doctor, by=patient)
    assert api.as_(doctor).get(path).status == 200


def test_the_last_clinician_may_leave(api, world) -> None:
    doctor = world.doctor()
    path = f"/patients/{world.record(doctor)['id']}"
    assert api.as_(doctor).delete(f"{path}/care-team/{doctor.id}").status == 204
    refused(api.as_(doctor).get(path), *HIDDEN)
    assert api.as_(world.admin).get(f"{path}/care-team")["data"] == []


def test_a_provider_who_leaves_has_one_client_less(api, world) -> None:
    doctor = world.doctor()
    client = api.as_(doctor).post("/provider/clients", {"email": "gone@example.org", "name": "Gone Client"})
    assert len(api.as_(doctor).get("/provider/clients").json) == 1
    api.as_(world.admin).delete(f"/patients/{client['id']}/care-team/{doctor.id}")
    assert api.as_(doctor).get("/provider/clients").json == []
    assert api.as_(world.admin).get(f"/patients/{client['id']}")["providerId"] is None


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "DELETE", f"{circle.path}/care-team/{circle.doctor.id}", DECIDING)
    assert api.as_(circle.doctor).get(circle.path).status == 200
