"""POST /patients/{patientId}/vitals."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.functions.patients.conftest import WRITING, refusals

FULL = {
    "systolicBp": 120,
    "diastolicBp": 80,
    "heartRate": 72,
    "temperature": 37.5,
    "respirationRate": 16,
    "oxygenSaturation": 98.5,
    "weight": 75.5,
    "height": 180,
    "notes": "Patient appears healthy",
}


def test_a_set_is_recorded_under_the_names_of_both_seeds(api, circle, cloud) -> None:
    made = api.as_(circle.nurse).post(f"{circle.path}/vitals", FULL)
    assert made.status == 201
    assert {name: made[name] for name in FULL} == FULL
    assert (made["systolic"], made["diastolic"], made["date"]) == (120, 80, made["recordedDate"][:10])
    assert made["recordedBy"] == circle.nurse.id
    assert abs(datetime.fromisoformat(made["recordedDate"]) - datetime.now(UTC)) < timedelta(minutes=1)
    stored = cloud.firestore.collection("vitals").document(made["id"]).get().to_dict()
    assert isinstance(stored["measures"], bytes)
    assert "healthy" not in repr(stored)


def test_one_sign_is_enough_and_two_decimals_are_kept(api, circle) -> None:
    made = api.as_(circle.doctor).post(
        f"{circle.path}/vitals", {"temperature": 37.22222, "recordedDate": "2024-01-31T23:30:00-05:00"}
    )
    assert made.status == 201, made
    assert made["temperature"] == 37.22
    assert (made["recordedDate"], made["date"]) == ("2024-02-01T04:30:00Z", "2024-02-01")
    assert made["systolicBp"] is made["systolic"] is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "body"),
        ({"notes": "nothing measured"}, "body"),
        ({"systolicBp": 1200, "diastolicBp": 80}, "systolicBp"),
        ({"systolicBp": 29}, "systolicBp"),
        ({"systolicBp": 120.5}, "systolicBp"),
        ({"systolicBp": "120"}, "systolicBp"),
        ({"systolicBp": True}, "systolicBp"),
        ({"systolicBp": 80, "diastolicBp": 80}, "body"),
        ({"systolicBp": 80, "diastolicBp": 120}, "body"),
        ({"diastolicBp": 80}, "body"),
        ({"heartRate": 301}, "heartRate"),
        ({"temperature": 98.6}, "temperature"),
        ({"temperature": 19.9}, "temperature"),
        ({"respirationRate": 1}, "respirationRate"),
        ({"oxygenSaturation": 100.01}, "oxygenSaturation"),
        ({"weight": 75500}, "weight"),
        ({"weight": 0}, "weight"),
        ({"height": 1.8}, "height"),
        ({"heartRate": 72, "pulse": 72}, "pulse"),
        ({"heartRate": 72, "recordedDate": "2999-01-01T00:00:00Z"}, "recordedDate"),
        ({"heartRate": 72, "recordedDate": "1985-03-14T12:00:00Z"}, "recordedDate"),
        ({"heartRate": 72, "recordedDate": "2024-01-01"}, "recordedDate"),
        ({"heartRate": 72, "notes": "x" * 5001}, "notes"),
    ],
)
def test_what_cannot_be_true_is_refused(api, circle, wrong, field) -> None:
    answer = refused(api.as_(circle.doctor).post(f"{circle.path}/vitals", wrong), 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == field


def test_numbers_json_does_not_have_are_unreadable(api, circle) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.as_(circle.doctor).post(f"{circle.path}/vitals", content=b'{"weight": NaN}', headers=headers)
    refused(answer, 400, "UNREADABLE_BODY")


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "POST", f"{circle.path}/vitals", WRITING, FULL)
