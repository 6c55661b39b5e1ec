"""DELETE /patients/{patientId}/consents/{consentId}."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DECIDING, HIDDEN, refusals


@pytest.fixture
def consent(api, circle):
    return api.as_(circle.patient).post(f"{circle.path}/consents", {"kind": "recording", "scope": "calls"}).json


def test_it_is_an_entry_of_its_own(api, circle, consent) -> None:
    path = f"{circle.path}/consents/{consent['id']}"
    entry = api.as_(circle.doctor).delete(path)
    assert entry.status == 200
    assert (entry["action"], entry["withdraws"], entry["kind"]) == ("withdrawn", consent["id"], "recording")
    assert (entry["recordedBy"], entry["scope"]) == (circle.doctor.id, "calls")
    assert consent in api.as_(circle.patient).get(f"{circle.path}/consents", params={"limit": 100})["data"]
    refused(api.as_(circle.patient).delete(path), 409, "ALREADY_DONE")
    # A withdrawal is no consent.
    refused(api.as_(circle.patient).delete(f"{circle.path}/consents/{entry['id']}"), *HIDDEN)


def test_of_two_at_once_one_withdraws(api, circle, consent) -> None:
    path = f"{circle.path}/consents/{consent['id']}"
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: api.as_(who).delete(path), (circle.patient, circle.doctor)))
    assert sorted(answer.status for answer in answers) == [200, 409]


def test_access_of_family_ends_with_it(api, world) -> None:
    patient, family = world.patient(), world.family()
    grant = world.grant_family(patient.patient_id, family, by=patient)
    path = f"/patients/{patient.patient_id}"
    assert api.as_(patient).delete(f"{path}/consents/{grant['consentId']}").status == 200
    refused(api.as_(family).get(path), *HIDDEN)
    assert api.as_(patient).get(f"{path}/family-grants")["data"] == []


def test_a_consent_of_another_patient_is_not_found(api, circle, consent) -> None:
    other = circle.other_patient
    refused(api.as_(other).delete(f"/patients/{other.patient_id}/consents/{consent['id']}"), *HIDDEN)


def test_who_may_not(api, circle, consent) -> None:
    refusals(api, circle, "DELETE", f"{circle.path}/consents/{consent['id']}", DECIDING)
