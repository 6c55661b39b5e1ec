"""GET /call-logs."""

from tests.client import refused
from tests.functions.calls.conftest import Callers


def test_filters_and_pages(api, cloud, world) -> None:
    patient, doctor = world.patient(), world.doctor(name="Dora Dials")
    world.join_care_team(patient.patient_id, doctor, by=patient)
    people = Callers(api, cloud, patient, doctor, doctor, doctor, world.admin)
    answered = people.talk()
    people.post(doctor, answered, "end")
    missed = people.ring(doctor, patient, callType="voice")["callId"]
    people.post(doctor, missed, "end")
    back = people.ring(patient, doctor)["callId"]
    people.post(doctor, back, "decline")

    def listed(who, **query):
        answer = api.as_(who).get("/call-logs", params=query)
        assert answer.status == 200, answer
        return [row["callId"] for row in answer["data"]]

    assert listed(patient) == [back, missed, answered]
    assert listed(patient, direction="incoming") == [missed, answered]
    assert listed(patient, direction="missed") == [missed]
    assert listed(patient, direction="outgoing") == [back] == listed(patient, status="declined")
    assert listed(doctor, type="voice") == [missed]
    assert listed(patient, to="2020-01-01T00:00:00Z") == []
    first = api.as_(patient).get("/call-logs", params={"limit": 2})
    assert first.trips == 2
    assert first["pagination"]["total"] == 3
    assert listed(patient, limit=2, cursor=first["pagination"]["nextCursor"]) == [answered]
    assert first["data"][0]["participants"] == [{"id": doctor.id, "name": "Dora Dials"}]
    # Those about a patient, for who may see the record.
    assert listed(doctor, patientId=patient.patient_id) == [back, missed, answered]
    assert listed(doctor, patientId=patient.patient_id, type="voice") == [missed]
    about = api.as_(doctor).get("/call-logs", params={"patientId": patient.patient_id})
    assert about.trips == 3
    assert {p["name"] for p in about["data"][0]["participants"]} == {patient.user["name"], "Dora Dials"}
    refused(api.as_(world.doctor()).get("/call-logs", params={"patientId": patient.patient_id}), 404, "NOT_FOUND")
    family = world.family()
    world.grant_family(patient.patient_id, family, patient, scopes=["messages"])
    refused(api.as_(family).get("/call-logs", params={"patientId": patient.patient_id}), 403, "SCOPE_NOT_GRANTED")
    refused(api.as_(patient).get("/call-logs", params={"from": "2026-01-01T00:00:00"}), 400, "VALIDATION_ERROR")
