"""POST /meetings/create."""

from datetime import timedelta

import pytest

from tests.client import refused
from tests.functions.appointments.conftest import begins_in, patient, practice, stranger  # noqa: F401 - fixtures

PATH = "/meetings/create"


def test_people_come_to_it(api, callers) -> None:
    body = {"participantIds": [callers.patient.id, callers.nurse.id], "callType": "video"}
    answer = api.as_(callers.doctor).post(PATH, body)
    assert (answer.status, answer["state"], answer["status"], answer["waitingRoom"]) == (201, "open", "scheduled", True)
    assert [p["admitted"] for p in answer["participants"]] == [True, False, True]
    assert [p["state"] for p in answer["participants"]] == ["invited"] * 3
    headers = {"X-Request-Id": "one-request-of-an-app"}
    first, second = (api.as_(callers.doctor).post(PATH, body, headers=headers) for _ in range(2))
    assert first["callId"] == second["callId"]


def test_refusals(api, callers) -> None:
    body = {"participantIds": [callers.patient.id]}
    refused(api.as_(callers.patient).post(PATH, {"participantIds": [callers.doctor.id]}), 403, "ROLE_NOT_ALLOWED")
    refused(api.as_(callers.stranger).post(PATH, body), 422, "MAY_NOT_CONTACT")
    refused(api.as_(callers.doctor).post(PATH, {}), 400, "VALIDATION_ERROR")
    callers.failing("500")
    refused(api.as_(callers.doctor).post(PATH, body), 503, "CALLS_UNAVAILABLE")


@pytest.fixture
def visit(practice, patient):  # noqa: F811 - fixtures
    return practice.booked(patient, type="telehealth")


def test_of_an_appointment(api, world, practice, patient, visit, callers) -> None:  # noqa: F811 - fixtures
    body = {"appointmentId": visit["id"]}
    refused(api.as_(callers.stranger).post(PATH, body), 404, "NOT_FOUND")
    refused(api.as_(practice.doctor).post(PATH, body), 422, "VISIT_NOT_OPEN")
    nurse = world.nurse()
    world.join_care_team(visit["patientId"], nurse, by=patient)
    refused(api.as_(nurse).post(PATH, body), 403, "SCOPE_NOT_GRANTED")
    begins_in(world, visit, timedelta(minutes=5))
    answer = api.as_(practice.doctor).post(PATH, body)
    assert (answer.status, answer["appointmentId"], answer["state"]) == (201, visit["id"], "open")
    assert answer.trips <= 3
    joined = api.as_(practice.doctor).post(f"/appointments/{visit['id']}/join")
    assert joined["callId"] == answer["callId"]
