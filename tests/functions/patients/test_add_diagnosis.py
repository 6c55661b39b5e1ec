"""POST /patients/{patientId}/diagnoses."""

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DOCTORS, refusals

NEW = {"diagnosis": "Type 2 Diabetes", "diagnosedDate": "2023-06-01"}


def test_a_doctor_adds_one(api, circle, cloud) -> None:
    made = api.as_(circle.doctor).post(f"{circle.path}/diagnoses", NEW)
    assert made.status == 201
    assert {name: made[name] for name in NEW} == NEW
    assert made["patientId"] == circle.patient.patient_id
    assert made["createdBy"] == circle.doctor.id
    defaults = {"isActive": True, "endDate": None}
    assert {name: made[name] for name in defaults} == defaults
    listed = api.as_(circle.patient).get(f"{circle.path}/diagnoses", params={"limit": 100})["data"]
    assert made.json in listed
    stored = cloud.firestore.collection("diagnoses").document(made["id"]).get().to_dict()
    assert "Diabetes" not in repr(stored)
    # A doctor who treats the patient through a visit, and administrators, may as well.
    for name in ("visitor", "admin"):
        assert api.as_(getattr(circle, name)).post(f"{circle.path}/diagnoses", NEW).status == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "diagnosis"),
        ({"diagnosis": ""}, "diagnosis"),
        ({"diagnosis": "x" * 256}, "diagnosis"),
        ({"diagnosis": "two\nlines"}, "diagnosis"),
        ({"diagnosis": "x", "diagnosedDate": "2999-01-01"}, "diagnosedDate"),
        ({"diagnosis": "x", "diagnosedDate": "1899-01-01"}, "diagnosedDate"),
        ({"diagnosis": "x", "diagnosedDate": "2023-02-30"}, "diagnosedDate"),
        ({"diagnosis": "x", "diagnosedDate": "2023-06-01", "endDate": "2023-05-31"}, "endDate"),
        ({"diagnosis": "x", "isActive": "yes"}, "isActive"),
        ({"diagnosis": "x", "createdBy": "me"}, "createdBy"),
    ],
)
def test_what_is_wrong_is_named(api, circle, wrong, field) -> None:
    answer = refused(api.as_(circle.doctor).post(f"{circle.path}/diagnoses", wrong), 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == field


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "POST", f"{circle.path}/diagnoses", DOCTORS, NEW)
