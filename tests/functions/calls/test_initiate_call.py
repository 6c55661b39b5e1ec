"""POST /calls/initiate."""

from tests.client import refused
from tests.conftest import eventually
from tests.world import unique

PATH = "/calls/initiate"


def test_it_rings(api, callers, cloud) -> None:
    body = {"recipientId": callers.patient.id, "callType": "voice", "roomName": "Pat Caller's room"}
    answer = api.as_(callers.doctor).post(PATH, body)
    assert (answer.status, answer["state"], answer["callType"], answer["roomRole"]) == (201, "ringing", "voice", "host")
    assert answer.trips <= 3
    assert {p["name"] for p in answer["participants"]} == {"Pat Caller", "Dora Caller"}
    assert answer["patientId"] == callers.patient.patient_id
    assert answer["roomUrl"].endswith(f"/calls/{answer['callId']}")
    assert cloud.vendor("/hundredms/_token", {"token": answer["authToken"]}) == {"fault": ""}
    # The vendor learns nothing but the call's id.
    (room,) = [r for r in callers.rooms() if r["id"] == answer["roomId"]]
    assert room["name"] == answer["callId"]

    def rung():
        listed = api.as_(callers.patient).get("/notifications")["data"]
        return [n for n in listed if n["type"] == "call_incoming" and answer["callId"] in repr(n["data"])]

    assert eventually(rung, "a notification of the call")


def test_asked_again_it_is_the_same_call(api, callers) -> None:
    headers = {"X-Request-Id": unique("request-of-an-app")}
    body = {"recipientId": callers.patient.id}
    first, second = (api.as_(callers.doctor).post(PATH, body, headers=headers) for _ in range(2))
    assert first["callId"] == second["callId"]
    assert first["roomId"] == second["roomId"]
    callers.post(callers.doctor, first["callId"], "end")
    third = api.as_(callers.doctor).post(PATH, body, headers=headers)
    assert third["callId"] != first["callId"]


def test_a_group(api, callers) -> None:
    answer = callers.ring(callers.patient, callers.doctor, callers.nurse)
    assert [p["roomRole"] for p in answer["participants"]] == ["guest", "host", "host"]
    assert callers.stored(answer["callId"]).patient_id == callers.patient.patient_id


def test_family_of_the_patient(api, callers, world) -> None:
    family, record = world.family(), callers.patient.patient_id
    refused(api.as_(callers.doctor).post(PATH, {"recipientId": family.id}), 422, "MAY_NOT_CONTACT")
    grant = world.grant_family(record, family, callers.patient, scopes=["messages"])
    for who, others in ((callers.doctor, [family, callers.nurse]), (family, [callers.doctor])):
        answer = api.as_(who).post(PATH, {"recipientIds": [other.id for other in others]})
        assert (answer.status, answer["patientId"], answer.trips) == (201, record, 3)
    assert api.as_(callers.patient).delete(f"/patients/{record}/family-grants/{grant['id']}").status in {200, 204}
    refused(api.as_(callers.doctor).post(PATH, {"recipientId": family.id}), 422, "MAY_NOT_CONTACT")


def test_staff_about_a_patient(api, callers) -> None:
    body = {"recipientId": callers.nurse.id, "patientId": callers.patient.patient_id}
    answer = api.as_(callers.doctor).post(PATH, body)
    assert answer["patientId"] == callers.patient.patient_id
    assert answer.trips <= 3
    # A colleague without a relationship to the patient, and a patient one has none to.
    body = {"recipientId": callers.stranger.id, "patientId": callers.patient.patient_id}
    refused(api.as_(callers.doctor).post(PATH, body), 422, "MAY_NOT_CONTACT")
    body = {"recipientId": callers.nurse.id, "patientId": callers.patient.patient_id}
    refused(api.as_(callers.stranger).post(PATH, body), 404, "NOT_FOUND")


def test_who_may_not_be_called(api, callers, world) -> None:
    for who in (callers.stranger, world.patient()):
        refused(api.as_(who).post(PATH, {"recipientId": callers.patient.id}), 422, "MAY_NOT_CONTACT")
    body = {"recipientIds": [callers.patient.id, callers.stranger.id]}
    refused(api.as_(callers.doctor).post(PATH, body), 422, "MAY_NOT_CONTACT")
    refused(api.as_(callers.doctor).post(PATH, {"callType": "voice"}), 400, "VALIDATION_ERROR")


def test_in_a_chat(api, callers) -> None:
    chat = api.as_(callers.doctor).post("/chats", {"type": "Direct", "participantIds": [callers.patient.id]})["id"]
    answer = callers.ring(callers.doctor, callers.patient, chatId=chat)
    assert (answer["chatId"], answer.trips) == (chat, 3)
    # The two people's own chat, without naming it.
    assert callers.ring(callers.patient, callers.doctor)["chatId"] == chat
    body = {"recipientId": callers.nurse.id, "chatId": chat}
    refused(api.as_(callers.doctor).post(PATH, body), 422, "MAY_NOT_CONTACT")
    refused(api.as_(callers.nurse).post(PATH, {"recipientId": callers.doctor.id, "chatId": chat}), 404, "NOT_FOUND")


def test_the_vendor_is_down(api, callers) -> None:
    callers.failing("503")
    refused(api.as_(callers.doctor).post(PATH, {"recipientId": callers.patient.id}), 503, "CALLS_UNAVAILABLE")
