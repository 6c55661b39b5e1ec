"""GET /providers/me, GET /doctor/profile (seed 002)."""

from tests.client import refused


def test_both_paths(api, practice) -> None:
    mine = api.as_(practice.doctor)
    answer = mine.get("/doctor/profile")
    assert (answer.status, answer.trips, answer["id"], answer["listed"]) == (200, 1, practice.doctor.id, True)
    assert answer["missing"] == ["photo", "professionalHistory"]
    assert mine.get("/providers/me").json == answer.json


def test_refusals(api, practice) -> None:
    refused(api.get("/doctor/profile"), 401, "TOKEN_MISSING")
    for who in (practice.patient, practice.nurse, practice.admin):
        refused(api.as_(who).get("/doctor/profile"), 403, "ROLE_NOT_ALLOWED")
    refused(api.as_(practice.pending).get("/doctor/profile"), 403, "CREDENTIALS_NOT_VERIFIED")
