"""GET /calls/{callId}, GET /meetings/{callId}."""

from tests.client import refused


def test_those_who_take_part(api, callers) -> None:
    call = callers.talk()
    for path in (f"/calls/{call}", f"/meetings/{call}"):
        for who in (callers.doctor, callers.patient):
            answer = api.as_(who).get(path)
            assert (answer.status, answer["state"], answer["status"]) == (200, "active", "in_progress")
            assert {p["name"] for p in answer["participants"]} == {"Pat Caller", "Dora Caller"}
            assert "authToken" not in answer.json


def test_the_care_team_and_administrators(api, callers, world) -> None:
    call = callers.talk()
    for who in (callers.nurse, callers.admin):
        assert api.as_(who).get(f"/calls/{call}").status == 200
    for who in (callers.stranger, world.patient(), world.family()):
        refused(api.as_(who).get(f"/calls/{call}"), 404, "NOT_FOUND")


def test_who_has_lost_the_relationship(api, callers, world) -> None:
    doctor = world.doctor()
    world.join_care_team(callers.patient.patient_id, doctor, by=callers.patient)
    call = callers.ring(doctor, callers.patient)["callId"]
    api.as_(callers.patient).delete(f"/patients/{callers.patient.patient_id}/care-team/{doctor.id}")
    callers.post(doctor, call, "end")
    refused(api.as_(doctor).get(f"/calls/{call}"), 404, "NOT_FOUND")


def test_a_call_among_staff_is_theirs(api, callers) -> None:
    call = callers.ring(callers.doctor, callers.nurse)["callId"]
    assert api.as_(callers.nurse).get(f"/calls/{call}")["patientId"] is None
    refused(api.as_(callers.admin).get(f"/calls/{call}"), 404, "NOT_FOUND")
