"""POST /patients/{patientId}/care-team."""

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DECIDING, HIDDEN, UNVERIFIED, refusals, sent_to


def test_a_member_reaches_the_record_and_is_told(api, world, cloud) -> None:
    patient, doctor = world.patient(), world.doctor(specialty="Cardiology")
    path = f"/patients/{patient.patient_id}"
    refused(api.as_(doctor).get(path), *HIDDEN)
    made = api.as_(patient).post(f"{path}/care-team", {"userId": doctor.id})
    assert made.status == 201
    assert (made["userId"], made["role"], made["addedBy"]) == (doctor.id, "Doctor", patient.id)
    assert api.as_(doctor).post(f"{path}/vitals", {"heartRate": 72}).status == 201
    asked = [(r.get("type"), r.get("refKind"), r.get("refId")) for r in sent_to(cloud, "notificationRequests", doctor)]
    assert asked == [("team_invite", "patients", patient.patient_id)]
    assert "relationship.changed" in [e.get("event") for e in sent_to(cloud, "events", doctor)]
    refused(api.as_(patient).post(f"{path}/care-team", {"userId": doctor.id}), 409, "ALREADY_DONE")


def test_a_member_and_an_administrator_may_add_others(api, world) -> None:
    doctor, nurse, other = world.doctor(), world.nurse(), world.nurse()
    path = f"/patients/{world.record(doctor)['id']}/care-team"
    assert api.as_(doctor).post(path, {"userId": nurse.id}).status == 201
    assert api.as_(world.admin).post(path, {"userId": other.id}).status == 201


def test_one_who_treats_the_patient_already_can_join(api, world) -> None:
    from tests.functions.patients.conftest import relate_by_visit

    patient, visitor = world.patient(), world.doctor()
    relate_by_visit(world, patient.patient_id, visitor)
    path = f"/patients/{patient.patient_id}/care-team"
    refused(api.as_(visitor).post(path, {"userId": visitor.id}), 403, "SCOPE_NOT_GRANTED")
    assert api.as_(patient).post(path, {"userId": visitor.id}).status == 201
    assert api.as_(visitor).delete(f"{path}/{visitor.id}").status == 204
    # The visit goes on giving access.
    assert api.as_(visitor).get(f"/patients/{patient.patient_id}").status == 200


@pytest.mark.parametrize("who", ["unverified", "family", "other_patient", "admin", "nobody"])
def test_only_verified_clinicians_can_be_on_it(api, circle, who) -> None:
    user_id = "00000000-0000-4000-8000-00000000dead" if who == "nobody" else getattr(circle, who).id
    answer = refused(
        api.as_(circle.patient).post(f"{circle.path}/care-team", {"userId": user_id}), 400, "VALIDATION_ERROR"
    )
    assert answer.error["details"] == [
        {"field": "userId", "message": "is not the account of a doctor or nurse with verified credentials"}
    ]


def test_who_may_not(api, circle) -> None:
    wrong = DECIDING | {"unverified": UNVERIFIED}
    refusals(api, circle, "POST", f"{circle.path}/care-team", wrong, {"userId": circle.stranger.id})
