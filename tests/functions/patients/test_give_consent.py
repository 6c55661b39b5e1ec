"""POST /patients/{patientId}/consents."""

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DECIDING, refusals

GIVEN = {"kind": "telehealth", "scope": "video visits", "textVersion": "2025-01"}


@pytest.mark.parametrize("who", ["patient", "doctor", "nurse", "admin"])
def test_it_is_recorded_with_who_recorded_it(api, circle, who) -> None:
    account = getattr(circle, who)
    made = api.as_(account).post(f"{circle.path}/consents", GIVEN)
    assert made.status == 201
    assert {name: made[name] for name in GIVEN} == GIVEN
    assert (made["action"], made["recordedBy"], made["recordedByRole"]) == ("given", account.id, account.role)
    assert made.json in api.as_(circle.patient).get(f"{circle.path}/consents", params={"limit": 100})["data"]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "everything"}, {"kind": None}, {"scope": ""}, {"textVersion": "x" * 51}, {"action": "withdrawn"}],
)
def test_what_is_wrong_is_refused(api, circle, wrong) -> None:
    refused(api.as_(circle.patient).post(f"{circle.path}/consents", GIVEN | wrong), 400, "VALIDATION_ERROR")


def test_family_access_is_consented_to_by_giving_it(api, circle) -> None:
    answer = api.as_(circle.patient).post(f"{circle.path}/consents", {"kind": "family_access"})
    assert refused(answer, 400, "VALIDATION_ERROR").error["details"][0]["field"] == "kind"


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "POST", f"{circle.path}/consents", DECIDING, GIVEN)
