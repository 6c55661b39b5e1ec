"""GET /patients/{patientId}."""

from tests.client import refused
from tests.functions.patients.conftest import HIDDEN, READING, refusals


def test_everybody_with_a_relationship_reads_the_record(api, circle) -> None:
    read = {
        name: api.as_(getattr(circle, name)).get(circle.path)
        for name in ("doctor", "nurse", "family", "visitor", "admin")
    }
    own = api.as_(circle.patient).get(circle.path)
    assert all(answer.json == own.json for answer in read.values())
    assert own["id"] == circle.patient.patient_id
    assert own["userId"] == own["patientUserId"] == circle.patient.id
    assert own["name"] == "Paula Circle"
    assert own["user"]["email"] == circle.patient.email
    assert (own["user"]["role"], own["user"]["userType"]) == ("Patient", "client")
    assert own["createdBy"]["id"] == circle.patient.id
    assert own.headers["Cache-Control"] == "no-store"


def test_what_is_on_the_record_comes_with_it(api, world) -> None:
    doctor = world.doctor()
    record = world.record(doctor)
    path, caller = f"/patients/{record['id']}", api.as_(doctor)
    diagnosis = caller.post(f"{path}/diagnoses", {"diagnosis": "Type 2 Diabetes", "diagnosedDate": "2023-06-01"})
    medication = caller.post(
        f"{path}/medications", {"name": "Metformin", "dosage": "1000mg", "frequency": "Twice Daily"}
    )
    allergy = caller.post(f"{path}/allergies", {"allergy": "Penicillin"})
    gone = caller.post(f"{path}/allergies", {"allergy": "Nothing"})
    caller.delete(f"{path}/allergies/{gone['id']}")
    for n in range(21):
        caller.post(f"{path}/vitals", {"heartRate": 60 + n, "recordedDate": f"2024-01-{n + 1:02}T08:00:00Z"})
    read = caller.get(path)
    assert read["diagnoses"] == [diagnosis.json]
    assert read["medications"] == [medication.json]
    assert read["allergies"] == [allergy.json]
    assert [v["heartRate"] for v in read["vitals"]] == list(range(80, 60, -1))
    assert (read["vitals"][0]["date"], read["vitals"][0]["systolic"]) == ("2024-01-21", None)
    assert read["user"] is None


def test_who_may_not(api, circle) -> None:
    refusals(api, circle, "GET", circle.path, READING)


def test_a_deleted_record_is_nobodys(api, world) -> None:
    doctor = world.doctor()
    path = f"/patients/{world.record(doctor)['id']}"
    api.as_(world.admin).delete(path)
    refused(api.as_(doctor).get(path), *HIDDEN)
    refused(api.as_(world.admin).get(path), *HIDDEN)


def test_an_id_of_the_wrong_form_is_refused(api, circle) -> None:
    refused(api.as_(circle.doctor).get("/patients/1"), 400, "VALIDATION_ERROR")


def test_attempts_are_in_the_access_log(api, world) -> None:
    patient, stranger = world.patient(), world.doctor()
    refused(api.as_(stranger).get(f"/patients/{patient.patient_id}"), *HIDDEN)
    log = api.as_(patient).get(f"/patients/{patient.patient_id}/access-log")["data"]
    tried = next(e for e in log if e["userId"] == stranger.id)
    assert (tried["action"], tried["outcome"], tried["reason"]) == ("GET_PATIENT", "refused", "NOT_FOUND")
