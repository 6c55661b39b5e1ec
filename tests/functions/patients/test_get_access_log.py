"""GET /patients/{patientId}/access-log."""

from tests.client import refused
from tests.functions.patients.conftest import HIDDEN, NO_SCOPE, UNVERIFIED, refusals


def test_the_patient_sees_who_did_what_when(api, world) -> None:
    patient, doctor = world.patient(), world.doctor(name="Dr. Look")
    path = f"/patients/{patient.patient_id}"
    world.join_care_team(patient.patient_id, doctor, by=patient)
    api.as_(doctor).get(path)
    api.as_(doctor).post(f"{path}/vitals", {"heartRate": 72})
    api.as_(doctor).delete(path)
    log = api.as_(patient).get(f"{path}/access-log")
    of_doctor = [(e["action"], e["outcome"]) for e in log["data"] if e["userId"] == doctor.id]
    assert of_doctor == [("RECORD_VITALS", "success"), ("GET_PATIENT", "success")]
    entry = next(e for e in log["data"] if e["userId"] == doctor.id)
    assert (entry["name"], entry["role"]) == ("Dr. Look", "Doctor")
    assert entry.keys() == {"id", "timestamp", "userId", "name", "role", "action", "outcome", "reason"}
    again = api.as_(patient).get(f"{path}/access-log")
    assert again["data"][0]["action"] == "GET_ACCESS_LOG"


def test_pages(api, circle) -> None:
    caller = api.as_(circle.admin)
    first = caller.get(f"{circle.path}/access-log", params={"limit": 2})
    rest = caller.get(f"{circle.path}/access-log", params={"limit": 2, "cursor": first["pagination"]["nextCursor"]})
    assert not {e["id"] for e in first["data"]} & {e["id"] for e in rest["data"]}


def test_who_may_not(api, circle) -> None:
    wrong = dict.fromkeys(("doctor", "nurse", "visitor", "family", "payer"), NO_SCOPE)
    wrong |= {"stranger": HIDDEN, "other_patient": HIDDEN, "unverified": UNVERIFIED}
    refusals(api, circle, "GET", f"{circle.path}/access-log", wrong)
    refused(api.as_(circle.family).get(f"{circle.path}/access-log"), *NO_SCOPE)
