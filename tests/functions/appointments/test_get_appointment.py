"""GET /appointments/{appointmentId}."""

import pytest

from tests.client import refused


@pytest.fixture(scope="module")
def made(practice, patient):
    return practice.booked(patient, isVirtual=True)


def test_who_is_part_of_it_sees_it(api, world, practice, patient, made) -> None:
    path = f"/appointments/{made['id']}"
    for who in (patient, practice.doctor, world.admin):
        answer = api.as_(who).get(path)
        assert (answer.status, answer["id"]) == (200, made["id"])
        assert answer.trips <= 3
    assert answer["provider"]["firstName"] == "Dana"
    assert answer["calendar"]["google"].startswith("https://calendar.google.com/calendar/render?action=TEMPLATE")
    assert "Appointment" in answer["calendar"]["outlook"]
    assert practice.doctor.user["name"] not in str(answer["calendar"])
    assert answer["calendar"]["syncStatus"] == "off"


def test_the_callers_zone_is_shown_too(api, practice, patient, made) -> None:
    api.as_(patient).put("/users/me/preferences", {"timezone": "Asia/Tokyo"})
    answer = api.as_(patient).get(f"/appointments/{made['id']}")
    assert answer["timeZone"] == "America/New_York"
    assert answer["viewer"]["timeZone"] == "Asia/Tokyo"
    assert answer["viewer"]["time"] != answer["time"]


def test_clinicians_of_the_patient_and_family_with_the_scope(api, world, patient, made) -> None:
    path, nurse, family, payer = f"/appointments/{made['id']}", world.nurse(), world.family(), world.family()
    refused(api.as_(nurse).get(path), 404, "NOT_FOUND")
    world.join_care_team(patient.patient_id, nurse, by=patient)
    assert api.as_(nurse).get(path).status == 200
    refused(api.as_(family).get(path), 404, "NOT_FOUND")
    world.grant_family(patient.patient_id, family, by=patient, scopes=["appointments"])
    assert api.as_(family).get(path).status == 200
    world.grant_family(patient.patient_id, payer, by=patient, scopes=["billing"])
    refused(api.as_(payer).get(path), 403, "SCOPE_NOT_GRANTED")


def test_nobody_is_told_that_it_exists(api, stranger, world, made) -> None:
    for who in (stranger, world.doctor(), world.family()):
        forbidden = refused(api.as_(who).get(f"/appointments/{made['id']}"), 404, "NOT_FOUND")
        missing = refused(api.as_(who).get("/appointments/00000000-0000-4000-8000-00000000dead"), 404, "NOT_FOUND")
        assert (forbidden.trips, forbidden.error["message"]) == (missing.trips, missing.error["message"])


def test_a_refusal_is_in_the_patients_access_log(api, world, patient, made) -> None:
    curious = world.doctor()
    refused(api.as_(curious).get(f"/appointments/{made['id']}"), 404, "NOT_FOUND")
    log = api.as_(patient).get(f"/patients/{patient.patient_id}/access-log")
    assert [e["outcome"] for e in log["data"] if e["userId"] == curious.id] == ["refused"]
