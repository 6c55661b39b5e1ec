"""GET /notes."""

from tests.client import refused
from tests.functions.patients.conftest import HIDDEN


def mine(api, who, **params):
    answer = api.as_(who).get("/notes", params={"limit": 100} | params)
    assert answer.status == 200, answer
    # Of one patient, access is read with the page.
    assert answer.trips <= (3 if who.role == "Patient" or "patientId" in params else 4)
    return [row["id"] for row in answer["data"]]


def test_those_one_has_written_in(api, notes, circle) -> None:
    first, second = notes.new(circle.nurse), notes.new()
    api.as_(circle.nurse).put(f"/clinical-notes/{second['id']}", {"sections": {"plan": "Rest"}})
    assert mine(api, circle.nurse)[:2] == [second["id"], first["id"]]
    assert mine(api, circle.nurse, patientId=circle.patient.patient_id, status="ready")[:2] == [
        second["id"], first["id"],
    ]  # fmt: skip
    assert mine(api, circle.nurse, templateType="cardiology") == []
    assert mine(api, circle.visitor) == mine(api, circle.family) == []


def test_a_patient_has_the_signed_ones_about_them(api, notes, circle) -> None:
    draft, signed = notes.new(), notes.signed()
    found = mine(api, circle.patient)
    assert signed["id"] in found
    assert draft["id"] not in found
    assert mine(api, circle.other_patient) == []
    refused(api.as_(circle.other_patient).get("/notes", params={"patientId": circle.patient.patient_id}), *HIDDEN)


def test_not_of_patients_one_may_not_open_any_more(api, world, notes, circle) -> None:
    doctor = world.doctor()
    world.join_care_team(circle.patient.patient_id, doctor, by=circle.patient)
    note = notes.new(doctor)
    assert mine(api, doctor) == [note["id"]]
    api.as_(circle.patient).delete(f"{circle.path}/care-team/{doctor.id}")
    assert mine(api, doctor) == []
    refused(notes.get(note["id"], doctor), *HIDDEN)


def test_it_takes_somebody(api) -> None:
    refused(api.get("/notes"), 401, "TOKEN_MISSING")
