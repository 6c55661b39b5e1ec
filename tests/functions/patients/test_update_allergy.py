"""PUT /patients/{patientId}/allergies/{allergyId}."""

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DOCTORS, HIDDEN, refusals


@pytest.fixture
def entry(api, circle):
    return (
        api.as_(circle.doctor)
        .post(
            f"{circle.path}/allergies",
            {"allergy": "Penicillin", "severity": "moderate", "reactionDescription": "Causes rash\nand fever"},
        )
        .json
    )


def test_changes_what_is_sent_and_keeps_the_rest(api, circle, entry) -> None:
    path, change = (
        f"{circle.path}/allergies/{entry['id']}",
        {"severity": "severe", "reactionDescription": "Anaphylaxis"},
    )
    changed = api.as_(circle.doctor).put(path, change)
    assert changed.status == 200
    assert changed["updatedAt"] > entry["updatedAt"]
    assert changed.json == entry | change | {"updatedAt": changed["updatedAt"]}
    cleared = {"reactionDescription": None}
    assert {name: api.as_(circle.doctor).put(path, cleared)[name] for name in cleared} == cleared
    same = api.as_(circle.doctor).put(path, cleared)
    # The audit entry alone.
    assert same.writes == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"allergy": None}, "allergy"),
        ({"severity": None}, "severity"),
        ({"severity": "Mild"}, "severity"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(api, circle, entry, wrong, field) -> None:
    answer = refused(
        api.as_(circle.doctor).put(f"{circle.path}/allergies/{entry['id']}", wrong), 400, "VALIDATION_ERROR"
    )
    assert answer.error["details"][0]["field"] == field
    assert entry in api.as_(circle.doctor).get(f"{circle.path}/allergies", params={"limit": 100})["data"]


def test_an_entry_of_another_record_is_not_found(api, world, circle, entry) -> None:
    other = world.record(circle.doctor)["id"]
    refused(api.as_(circle.doctor).put(f"/patients/{other}/allergies/{entry['id']}", {}), *HIDDEN)
    refused(api.as_(circle.doctor).put(f"{circle.path}/allergies/00000000-0000-4000-8000-00000000dead", {}), *HIDDEN)


def test_who_may_not(api, circle, entry) -> None:
    refusals(
        api,
        circle,
        "PUT",
        f"{circle.path}/allergies/{entry['id']}",
        DOCTORS,
        {"severity": "severe", "reactionDescription": "Anaphylaxis"},
    )
