"""PUT /patients/{patientId}/family-grants/{grantId}."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DECIDING, HIDDEN, NO_SCOPE, refusals


@pytest.fixture
def grant(api, world):
    patient, family = world.patient(), world.family()
    return patient, family, world.grant_family(patient.patient_id, family, by=patient)


def test_scopes_and_end_change_with_the_consent(api, grant) -> None:
    patient, family, made = grant
    path = f"/patients/{patient.patient_id}"
    caller = api.as_(patient)
    changed = caller.put(f"{path}/family-grants/{made['id']}", {"scopes": ["messages", "billing"]})
    assert changed.status == 200
    assert changed["scopes"] == ["messages", "billing"]
    refused(api.as_(family).get(path), *NO_SCOPE)
    log = [(e["action"], e["scope"], e["id"]) for e in caller.get(f"{path}/consents")["data"]]
    assert sorted((action, scope) for action, scope, _ in log) == [
        ("given", "health_record"),
        ("given", "messages, billing"),
        ("withdrawn", "health_record"),
    ]
    assert ("given", "messages, billing", changed["consentId"]) in log
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    both = caller.put(f"{path}/family-grants/{made['id']}", {"scopes": ["health_record"], "expiresAt": ends})
    assert (both.status, both["isActive"]) == (200, True)
    assert api.as_(family).get(path).status == 200
    assert caller.put(f"{path}/family-grants/{made['id']}", {"expiresAt": None})["expiresAt"] is None


def test_nothing_changed_is_nothing_written(api, grant) -> None:
    patient, _, made = grant
    path = f"/patients/{patient.patient_id}/family-grants/{made['id']}"
    same = api.as_(patient).put(path, {"scopes": ["health_record"]})
    assert same.json == made
    # The audit entry alone.
    assert same.writes == 1


@pytest.mark.parametrize(
    "wrong", [{"scopes": None}, {"scopes": []}, {"expiresAt": "2020-01-01T00:00:00Z"}, {"userId": "x"}]
)
def test_what_is_wrong_is_refused(api, grant, wrong) -> None:
    patient, _, made = grant
    path = f"/patients/{patient.patient_id}/family-grants/{made['id']}"
    refused(api.as_(patient).put(path, wrong), 400, "VALIDATION_ERROR")


def test_a_grant_of_another_record_is_not_found(api, circle, grant) -> None:
    _, _, made = grant
    refused(api.as_(circle.patient).put(f"{circle.path}/family-grants/{made['id']}", {}), *HIDDEN)


def test_who_may_not(api, circle) -> None:
    made = api.as_(circle.patient).get(f"{circle.path}/family-grants")["data"][0]
    refusals(api, circle, "PUT", f"{circle.path}/family-grants/{made['id']}", DECIDING, {"scopes": ["health_record"]})
