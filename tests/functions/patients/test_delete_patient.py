"""DELETE /patients/{patientId}."""

from tests.client import refused
from tests.functions.patients.conftest import HIDDEN, WRONG_ROLE, refusals
from tests.world import unique


def test_nobody_reaches_a_deleted_record_but_it_is_kept(api, world, cloud) -> None:
    doctor, patient, family = world.doctor(), world.patient(), world.family()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    world.grant_family(patient.patient_id, family, by=patient)
    path = f"/patients/{patient.patient_id}"
    gone = api.as_(world.admin).delete(path)
    assert (gone.status, gone.response.content) == (204, b"")
    for who in (doctor, patient, family):
        refused(api.as_(who).get(path), *HIDDEN)
        assert api.as_(who).get("/patients")["data"] == []
    refused(api.as_(world.admin).delete(path), *HIDDEN)
    stored = cloud.firestore.collection("patients").document(patient.patient_id).get().to_dict()
    assert stored["deleted"] is True
    assert stored["deletedBy"] == world.admin.id


def test_its_mrn_is_not_given_again(api, world) -> None:
    doctor, mrn = world.doctor(), unique("GONE-")
    record = world.record(doctor, mrn=mrn)
    api.as_(world.admin).delete(f"/patients/{record['id']}")
    refused(api.as_(doctor).post("/patients", {"dateOfBirth": "1985-03-15", "mrn": mrn}), 409, "MRN_TAKEN")
    refused(api.as_(world.admin).get(f"/patients/mrn/{mrn}"), *HIDDEN)


def test_only_administrators_delete(api, circle) -> None:
    wrong = dict.fromkeys(("patient", "doctor", "nurse", "family", "stranger", "unverified"), WRONG_ROLE)
    refusals(api, circle, "DELETE", circle.path, wrong)
    assert api.as_(circle.patient).get(circle.path).status == 200
