"""POST /messages."""

from tests.client import refused
from tests.conftest import eventually
from tests.functions.chats.conftest import NOWHERE, took

PATH = "/messages"


def test_the_chat_is_made_with_the_first_message(api, talkers, world) -> None:
    patient, doctor = world.patient(), world.doctor()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    first = api.as_(patient).post(PATH, {"receiverId": doctor.id, "message": "May I ask something?"})
    assert first.status == 201
    assert first.trips == 3
    assert (first["senderType"], first["receiverId"], first["read"]) == ("client", doctor.id, False)
    back = api.as_(doctor).post(PATH, {"receiverId": patient.id, "message": "Of course."})
    assert (back["chatId"], back.trips) == (first["chatId"], 2)
    row = talkers.eventually_row(patient, first["chatId"], lastMessage="Of course.", unreadCount=1)
    assert (row["type"], row["name"]) == ("Direct", doctor.user["name"])


def test_family_and_clinician_of_the_same_patient(api, talkers) -> None:
    body = {"receiverId": talkers.doctor.id, "message": "How is she?"}
    there = api.as_(talkers.family).post(PATH, body)
    assert (there.status, took(there)) == (201, 3)
    answer = {"receiverId": talkers.family.id, "message": "Well."}
    assert api.as_(talkers.doctor).post(PATH, answer)["chatId"] == there["chatId"]


def test_sent_twice_and_reused(api, talkers) -> None:
    body = {"receiverId": talkers.nurse.id, "message": "once", "clientMessageId": "d-1"}
    doctor = api.as_(talkers.doctor)
    assert doctor.post(PATH, body)["id"] == doctor.post(PATH, body)["id"]
    refused(doctor.post(PATH, body | {"message": "other"}), 422, "CLIENT_MESSAGE_ID_REUSED")


def test_strangers(api, talkers) -> None:
    for receiver in (talkers.stranger.id, talkers.other_patient.id, NOWHERE, talkers.patient.id):
        refused(api.as_(talkers.patient).post(PATH, {"receiverId": receiver, "message": "x"}), 422, "MAY_NOT_CONTACT")


def test_what_connected_them_has_ended(api, world) -> None:
    patient, doctor = world.patient(), world.doctor()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    to_patient, to_doctor = (
        {"receiverId": patient.id, "message": "x"},
        {"receiverId": doctor.id, "message": "x"},
    )
    chat = api.as_(doctor).post(PATH, to_patient)["chatId"]
    api.as_(patient).delete(f"/patients/{patient.patient_id}/care-team/{doctor.id}")
    # At once, whether the task that tidies up has run or not.
    answer = api.as_(doctor).post(PATH, to_patient)
    assert answer.reason in {"CHAT_CLOSED", "MAY_NOT_CONTACT"}
    eventually(
        lambda: api.as_(doctor).post(PATH, to_patient).reason == "MAY_NOT_CONTACT", "the chat without the doctor"
    )
    refused(api.as_(patient).post(PATH, to_doctor), 422, "MAY_NOT_CONTACT")
    refused(api.as_(patient).post(f"/chats/{chat}/messages", {"content": "x"}), 409, "CHAT_CLOSED")
    # Related again, they go on where they were.
    world.join_care_team(patient.patient_id, doctor, by=patient)
    assert api.as_(patient).post(PATH, to_doctor)["chatId"] == chat
    assert len(api.as_(doctor).get(f"/chats/{chat}/messages")["data"]) == 2


def test_in_the_moment_of_the_loss(api, world, cloud) -> None:
    """The relationship is gone and the task has not run: the mark alone ends the access."""
    from shared.patients.documents import AccessLoss, Relationship
    from shared.patients.relationships import relationship_id

    patient, doctor = world.patient(), world.doctor()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    body = {"receiverId": patient.id, "message": "x"}
    assert api.as_(doctor).post(PATH, body).status == 201
    unit = cloud.unit()
    relation = unit.get(Relationship, relationship_id(patient.patient_id, doctor.id))
    unit.update(relation, sources=[], active=False)
    unit.put(AccessLoss(id=doctor.id))
    unit.commit()
    refused(api.as_(doctor).post(PATH, body), 409, "CHAT_CLOSED")
