"""POST /patients/{patientId}/medications."""

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DOCTORS, refusals

NEW = {"name": "Metformin", "dosage": "1000mg", "frequency": "Twice Daily", "startDate": "2023-06-01"}


def test_a_doctor_adds_one(api, circle, cloud) -> None:
    made = api.as_(circle.doctor).post(f"{circle.path}/medications", NEW)
    assert made.status == 201
    assert {name: made[name] for name in NEW} == NEW
    assert made["patientId"] == circle.patient.patient_id
    assert made["createdBy"] == circle.doctor.id
    defaults = {"isActive": True, "endDate": None, "prescribingDoctorId": None}
    assert {name: made[name] for name in defaults} == defaults
    listed = api.as_(circle.patient).get(f"{circle.path}/medications", params={"limit": 100})["data"]
    assert made.json in listed
    stored = cloud.firestore.collection("medications").document(made["id"]).get().to_dict()
    assert "Metformin" not in repr(stored)
    # A doctor who treats the patient through a visit, and administrators, may as well.
    for name in ("visitor", "admin"):
        assert api.as_(getattr(circle, name)).post(f"{circle.path}/medications", NEW).status == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "dosage": "x" * 101}, "dosage"),
        ({"name": "x", "frequency": ""}, "frequency"),
        ({"name": "x", "startDate": "2023-06-02", "endDate": "2023-06-01"}, "endDate"),
        ({"name": "x", "startDate": "06/01/2023"}, "startDate"),
        ({"name": "x", "prescribingDoctorId": "me"}, "prescribingDoctorId"),
        ({"name": "x", "prescribingDoctorId": "00000000-0000-4000-8000-00000000dead"}, "prescribingDoctorId"),
        ({"name": "x", "refills": 3}, "refills"),
    ],
)
def test_what_is_wrong_is_named(api, circle, wrong, field) -> None:
    answer = refused(api.as_(circle.doctor).post(f"{circle.path}/medications", wrong), 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == field


def test_a_prescriber_is_a_doctor(api, circle) -> None:
    path = f"{circle.path}/medications"
    by_another = api.as_(circle.doctor).post(path, {"name": "X", "prescribingDoctorId": circle.stranger.id})
    assert (by_another.status, by_another.trips) == (201, 3)
    assert by_another["prescribingDoctorId"] == circle.stranger.id
    for nobody in (circle.nurse, circle.patient):
        answer = api.as_(circle.doctor).post(path, {"name": "X", "prescribingDoctorId": nobody.id})
        assert refused(answer, 400, "VALIDATION_ERROR").error["details"][0]["field"] == "prescribingDoctorId"


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "POST", f"{circle.path}/medications", DOCTORS, NEW)
