"""DELETE /patients/{patientId}/family-grants/{grantId}."""

from tests.client import refused
from tests.functions.patients.conftest import DECIDING, HIDDEN, refusals


def test_access_ends_at_once_and_the_consent_with_it(api, world) -> None:
    patient, family = world.patient(), world.family()
    path = f"/patients/{patient.patient_id}"
    made = world.grant_family(patient.patient_id, family, by=patient)
    gone = api.as_(patient).delete(f"{path}/family-grants/{made['id']}")
    assert gone.status == 204
    refused(api.as_(family).get(path), *HIDDEN)
    assert api.as_(patient).get(f"{path}/family-grants")["data"] == []
    consents = api.as_(patient).get(f"{path}/consents")["data"]
    assert {(c["action"], c["withdraws"]) for c in consents} == {("given", None), ("withdrawn", made["consentId"])}
    refused(api.as_(patient).delete(f"{path}/family-grants/{made['id']}"), *HIDDEN)
    refused(api.as_(patient).put(f"{path}/family-grants/{made['id']}", {"scopes": ["billing"]}), *HIDDEN)
    # It can be given again.
    assert world.grant_family(patient.patient_id, family, by=patient)["id"] != made["id"]
    assert api.as_(family).get(path).status == 200


def test_a_grant_of_another_record_is_not_found(api, world, circle) -> None:
    patient, family = world.patient(), world.family()
    made = world.grant_family(patient.patient_id, family, by=patient)
    refused(api.as_(circle.patient).delete(f"{circle.path}/family-grants/{made['id']}"), *HIDDEN)
    assert api.as_(family).get(f"/patients/{patient.patient_id}").status == 200


def test_who_may_not(api, circle) -> None:
    made = api.as_(circle.patient).get(f"{circle.path}/family-grants")["data"][0]
    refusals(api, circle, "DELETE", f"{circle.path}/family-grants/{made['id']}", DECIDING)
