"""POST /patients/{patientId}/allergies."""

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DOCTORS, refusals

NEW = {"allergy": "Penicillin", "severity": "moderate", "reactionDescription": "Causes rash\nand fever"}


def test_a_doctor_adds_one(api, circle, cloud) -> None:
    made = api.as_(circle.doctor).post(f"{circle.path}/allergies", NEW)
    assert made.status == 201
    assert {name: made[name] for name in NEW} == NEW
    assert made["patientId"] == circle.patient.patient_id
    assert made["createdBy"] == circle.doctor.id
    defaults = {"isActive": True}
    assert {name: made[name] for name in defaults} == defaults
    listed = api.as_(circle.patient).get(f"{circle.path}/allergies", params={"limit": 100})["data"]
    assert made.json in listed
    stored = cloud.firestore.collection("allergies").document(made["id"]).get().to_dict()
    assert "Penicillin" not in repr(stored)
    # A doctor who treats the patient through a visit, and administrators, may as well.
    for name in ("visitor", "admin"):
        assert api.as_(getattr(circle, name)).post(f"{circle.path}/allergies", NEW).status == 201


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "allergy"),
        ({"allergy": " "}, "allergy"),
        ({"allergy": "x", "severity": "deadly"}, "severity"),
        ({"allergy": "x", "severity": None}, "severity"),
        ({"allergy": "x", "reactionDescription": "x" * 5001}, "reactionDescription"),
        ({"allergy": "x", "reactionDescription": "bell\u0007"}, "reactionDescription"),
        ({"allergy": "x", "since": "2020-01-01"}, "since"),
    ],
)
def test_what_is_wrong_is_named(api, circle, wrong, field) -> None:
    answer = refused(api.as_(circle.doctor).post(f"{circle.path}/allergies", wrong), 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == field


def test_an_allergy_is_mild_unless_it_is_said_to_be_worse(api, circle) -> None:
    assert api.as_(circle.doctor).post(f"{circle.path}/allergies", {"allergy": "Dust"})["severity"] == "mild"


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "POST", f"{circle.path}/allergies", DOCTORS, NEW)
