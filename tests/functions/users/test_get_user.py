import uuid

import pytest

from tests.client import refused

PUBLIC = {"id", "name", "role", "userType", "title", "avatar", "specialty", "bio"}
COLLEAGUE = PUBLIC | {"email", "phoneNumber", "phone", "patientId"}


def see(api, viewer, account):
    return api.as_(viewer).get(f"/users/{account.id}")


def test_oneself_and_administrators_see_everything(api, world):
    patient = world.patient(address="1 Main St")
    for viewer in (patient, world.admin):
        answer = see(api, viewer, patient)
        assert answer.status == 200, answer
        assert answer["address"] == "1 Main St"
        assert answer["lastLogin"]


def test_staff_see_each_other(api, world):
    nurse = world.register("Nurse", license="RN-9")
    answer = see(api, world.doctor(), nurse)
    assert answer.status == 200, answer
    assert answer.json.keys() == COLLEAGUE
    assert answer["email"] == nurse.email
    assert answer.trips == 1


def test_clinicians_and_patients_see_each_other_while_related(api, world):
    doctor, patient = world.doctor(license="MD-9"), world.patient(address="1 Main St")
    for viewer, other in ((doctor, patient), (patient, doctor)):
        refused(see(api, viewer, other), 404, "NOT_FOUND")
    world.join_care_team(patient.patient_id, doctor, by=patient)
    treated = see(api, doctor, patient)
    assert treated.json.keys() == COLLEAGUE
    assert treated["patientId"] == patient.patient_id
    assert treated.trips == 3
    treating = see(api, patient, doctor)
    assert treating.json.keys() == PUBLIC
    assert api.as_(patient).delete(f"/patients/{patient.patient_id}/care-team/{doctor.id}").status in {200, 204}
    for viewer, other in ((doctor, patient), (patient, doctor)):
        refused(see(api, viewer, other), 404, "NOT_FOUND")


def test_family_see_whose_record_they_were_given_and_who_treats_them(api, world):
    family, patient, doctor, other = world.family(), world.patient(), world.doctor(), world.doctor()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    refused(see(api, family, patient), 404, "NOT_FOUND")
    world.grant_family(patient.patient_id, family, by=patient)
    for viewer, seen in ((family, patient), (patient, family), (family, doctor), (doctor, family)):
        assert see(api, viewer, seen).status == 200
    for viewer, seen in ((family, other), (other, family)):
        refused(see(api, viewer, seen), 404, "NOT_FOUND")


@pytest.mark.parametrize(("viewer", "seen"), [("patient", "patient"), ("family", "family"), ("patient", "family")])
def test_strangers_do_not_exist_for_each_other(api, world, viewer, seen):
    caller, stranger = getattr(world, viewer)(), getattr(world, seen)()
    there = refused(see(api, caller, stranger), 404, "NOT_FOUND")
    missing = refused(api.as_(caller).get(f"/users/{uuid.uuid4()}"), 404, "NOT_FOUND")
    assert there.error["message"] == missing.error["message"]


def test_a_refusal_leaves_a_trace(api, world):
    caller, stranger = world.patient(), world.patient()
    refused(see(api, caller, stranger), 404, "NOT_FOUND")
    found = api.as_(world.admin).get("/audit-logs", params={"userId": caller.id, "entityId": stranger.id})
    assert [(e["status"], e["reason"]) for e in found["data"]] == [("refused", "NOT_FOUND")]


def test_an_unverified_clinician_sees_nobody(api, world):
    refused(see(api, world.clinician(approved=False), world.admin), 403, "CREDENTIALS_NOT_VERIFIED")


def test_a_closed_account_is_gone_for_others(api, world):
    nurse = world.nurse()
    assert api.as_(world.admin).post(f"/admin/users/{nurse.id}/deactivate").status == 200
    refused(see(api, world.doctor(), nurse), 404, "NOT_FOUND")
    assert see(api, world.admin, nurse)["isActive"] is False


def test_it_takes_somebody_and_an_id(api, world):
    refused(api.get(f"/users/{world.admin.id}"), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).get("/users/me2"), 400, "VALIDATION_ERROR")
