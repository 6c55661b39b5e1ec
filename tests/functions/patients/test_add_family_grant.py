"""POST /patients/{patientId}/family-grants."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.functions.patients.conftest import DECIDING, HIDDEN, NO_SCOPE, refusals, sent_to


def test_a_family_member_reads_within_the_scope(api, world, cloud) -> None:
    patient, family = world.patient(), world.family(name="Fay Mily")
    path = f"/patients/{patient.patient_id}"
    refused(api.as_(family).get(path), *HIDDEN)
    ends = (datetime.now(UTC) + timedelta(days=90)).replace(microsecond=0)
    body = {
        "userId": family.id,
        "scopes": ["health_record", "health_record"],
        "expiresAt": ends.isoformat(),
        "textVersion": "v2",
    }
    made = api.as_(patient).post(f"{path}/family-grants", body)
    assert made.status == 201
    assert (made["userId"], made["name"], made["scopes"]) == (family.id, "Fay Mily", ["health_record"])
    assert datetime.fromisoformat(made["expiresAt"]) == ends
    assert made["isActive"] is True
    assert api.as_(family).get(path).status == 200
    refused(api.as_(family).post(f"{path}/vitals", {"heartRate": 72}), 403, "ROLE_NOT_ALLOWED")
    consent = api.as_(patient).get(f"{path}/consents")["data"][0]
    assert consent["id"] == made["consentId"]
    assert (consent["kind"], consent["action"], consent["scope"]) == ("family_access", "given", "health_record")
    assert (consent["sharedWith"], consent["refId"], consent["textVersion"]) == (family.id, made["id"], "v2")
    assert [r.get("type") for r in sent_to(cloud, "notificationRequests", family)] == ["team_invite"]
    refused(api.as_(patient).post(f"{path}/family-grants", body), 409, "DUPLICATE_ENTRY")


def test_it_ends_by_itself(api, world, cloud) -> None:
    patient, family = world.patient(), world.family()
    path = f"/patients/{patient.patient_id}"
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    world.grant_family(patient.patient_id, family, by=patient, expiresAt=soon.isoformat())
    refused_later(api, family, path)
    grant = api.as_(patient).get(f"{path}/family-grants")["data"][0]
    assert grant["isActive"] is False
    # One that has ended does not stand in the way of another.
    assert world.grant_family(patient.patient_id, family, by=patient)["isActive"] is True
    assert api.as_(family).get(path).status == 200


def refused_later(api, family, path) -> None:
    from tests.conftest import eventually

    eventually(lambda: api.as_(family).get(path).status == 404, "the end of the grant")


def test_another_patient_can_be_family(api, world) -> None:
    parent, child = world.patient(), world.patient()
    world.grant_family(child.patient_id, parent, by=child)
    assert api.as_(parent).get(f"/patients/{child.patient_id}").status == 200
    refused(api.as_(child).get(f"/patients/{parent.patient_id}"), *HIDDEN)
    # Family reads; it decides nothing.
    onwards = {"userId": world.family().id, "scopes": ["health_record"]}
    refused(api.as_(parent).post(f"/patients/{child.patient_id}/family-grants", onwards), *NO_SCOPE)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"scopes": "health_record"}, "scopes"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2999-01-01"}, "expiresAt"),
        ({"userId": "00000000-0000-4000-8000-00000000dead"}, "userId"),
        ({"userId": "doctor"}, "userId"),
        ({"userId": "patient"}, "userId"),
    ],
)
def test_what_is_wrong_is_named(api, circle, wrong, field) -> None:
    names = {"doctor": circle.doctor.id, "patient": circle.patient.id}
    body = {"userId": circle.other_patient.id, "scopes": ["billing"]} | wrong
    body["userId"] = names.get(body["userId"], body["userId"])
    answer = refused(api.as_(circle.patient).post(f"{circle.path}/family-grants", body), 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == field


def test_who_may_not(api, circle) -> None:
    body = {"userId": circle.family.id, "scopes": ["billing"]}
    refusals(api, circle, "POST", f"{circle.path}/family-grants", DECIDING, body)
