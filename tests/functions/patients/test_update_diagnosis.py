"""PUT /patients/{patientId}/diagnoses/{diagnosisId}."""

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DOCTORS, HIDDEN, refusals


@pytest.fixture
def entry(api, circle):
    return (
        api.as_(circle.doctor)
        .post(f"{circle.path}/diagnoses", {"diagnosis": "Type 2 Diabetes", "diagnosedDate": "2023-06-01"})
        .json
    )


def test_changes_what_is_sent_and_keeps_the_rest(api, circle, entry) -> None:
    path, change = (
        f"{circle.path}/diagnoses/{entry['id']}",
        {"diagnosis": "Type 1 Diabetes", "isActive": False, "endDate": "2024-01-01"},
    )
    changed = api.as_(circle.doctor).put(path, change)
    assert changed.status == 200
    assert changed["updatedAt"] > entry["updatedAt"]
    assert changed.json == entry | change | {"updatedAt": changed["updatedAt"]}
    cleared = {"diagnosedDate": None}
    assert {name: api.as_(circle.doctor).put(path, cleared)[name] for name in cleared} == cleared
    same = api.as_(circle.doctor).put(path, cleared)
    # The audit entry alone.
    assert same.writes == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"diagnosis": None}, "diagnosis"),
        ({"isActive": None}, "isActive"),
        ({"endDate": "2023-05-31"}, "endDate"),
        ({"diagnosedDate": "2999-01-01"}, "diagnosedDate"),
        ({"patientId": "x"}, "patientId"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(api, circle, entry, wrong, field) -> None:
    answer = refused(
        api.as_(circle.doctor).put(f"{circle.path}/diagnoses/{entry['id']}", wrong), 400, "VALIDATION_ERROR"
    )
    assert answer.error["details"][0]["field"] == field
    assert entry in api.as_(circle.doctor).get(f"{circle.path}/diagnoses", params={"limit": 100})["data"]


def test_an_entry_of_another_record_is_not_found(api, world, circle, entry) -> None:
    other = world.record(circle.doctor)["id"]
    refused(api.as_(circle.doctor).put(f"/patients/{other}/diagnoses/{entry['id']}", {}), *HIDDEN)
    refused(api.as_(circle.doctor).put(f"{circle.path}/diagnoses/00000000-0000-4000-8000-00000000dead", {}), *HIDDEN)


def test_who_may_not(api, circle, entry) -> None:
    refusals(
        api,
        circle,
        "PUT",
        f"{circle.path}/diagnoses/{entry['id']}",
        DOCTORS,
        {"diagnosis": "Type 1 Diabetes", "isActive": False, "endDate": "2024-01-01"},
    )
