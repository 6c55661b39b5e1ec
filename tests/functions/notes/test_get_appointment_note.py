"""GET /provider/clinical-notes/{appointmentId}, and notes that are begun for a visit."""

import pytest

from tests.client import refused
from tests.functions.appointments.conftest import open_practice
from tests.functions.notes.conftest import NOWHERE, SOAP
from tests.functions.patients.conftest import HIDDEN, WRONG_ROLE


@pytest.fixture(scope="module")
def visit(world):
    """A booked visit, its patient and its provider."""
    practice = open_practice(world)
    patient = world.patient(name="Vera Visit")
    return practice.booked(patient), patient, practice.doctor


def test_the_latest_note_of_a_visit(api, visit) -> None:
    appointment, patient, doctor = visit
    at = f"/provider/clinical-notes/{appointment['id']}"
    none = refused(api.as_(doctor).get(at), *HIDDEN)
    body = {"appointmentId": appointment["id"], "type": "SOAP", "content": SOAP, "privateNotes": "mine"}
    first = api.as_(doctor).post("/provider/clinical-notes", body)
    assert (first.status, first.trips) == (201, 3), first
    assert (first["patientId"], first["appointmentId"]) == (patient.patient_id, appointment["id"])
    second = api.as_(doctor).post("/provider/clinical-notes", body | {"type": "Progress"})
    found = api.as_(doctor).get(at)
    assert (found.status, found.trips) == (200, 3), found
    assert found.json == second.json
    assert none.trips == 3


def test_who_may_not(api, circle, visit) -> None:
    appointment, patient, doctor = visit
    at = f"/provider/clinical-notes/{appointment['id']}"
    refused(api.get(at), 401, "TOKEN_MISSING")
    refused(api.as_(patient).get(at), *WRONG_ROLE)
    api.as_(doctor).post("/provider/clinical-notes", {"appointmentId": appointment["id"]})
    there = refused(api.as_(circle.stranger).get(at), *HIDDEN)
    nowhere = refused(api.as_(circle.stranger).get(f"/provider/clinical-notes/{NOWHERE}"), *HIDDEN)
    assert there.trips == nowhere.trips
    for appointment_id in (appointment["id"], NOWHERE):
        refused(api.as_(circle.stranger).post("/provider/clinical-notes", {"appointmentId": appointment_id}), *HIDDEN)


def test_a_visit_of_another_patient_is_no_link(api, circle, visit) -> None:
    appointment, _, _ = visit
    for link in (appointment["id"], NOWHERE):
        body = {"patientId": circle.patient.patient_id, "appointmentId": link}
        answer = refused(api.as_(circle.doctor).post("/clinical-notes", body), 400, "VALIDATION_ERROR")
        assert answer.error["details"] == [{"field": "appointmentId", "message": "is not of this patient"}]
