"""GET /messages."""

import pytest

from tests.client import refused
from tests.conftest import eventually
from tests.functions.chats.conftest import HIDDEN, NOWHERE, took


@pytest.fixture(scope="module")
def pair(api, world):
    """A patient and a clinician of theirs who have written to each other."""
    patient, doctor = world.patient(name="Ada Direct"), world.doctor(name="Dr Direct")
    world.join_care_team(patient.patient_id, doctor, by=patient)
    api.as_(patient).post("/messages", {"receiverId": doctor.id, "message": "Hello doctor"})
    api.as_(doctor).post("/messages", {"receiverId": patient.id, "message": "Hello Ada"})
    return patient, doctor


def test_with_one_person(api, pair) -> None:
    patient, doctor = pair
    listed = api.as_(patient).get("/messages", params={"conversationWith": doctor.id})
    assert (listed.status, took(listed)) == (200, 3)
    assert [(m["message"], m["senderId"], m["receiverId"], m["senderType"]) for m in listed.json] == [
        ("Hello Ada", doctor.id, patient.id, "provider"),
        ("Hello doctor", patient.id, doctor.id, "client"),
    ]
    assert listed.headers["X-Total-Count"] == "2"
    assert [m["read"] for m in listed.json] == [False, False]


def test_the_last_of_each_conversation(api, pair, world) -> None:
    _, doctor = pair
    colleague = world.nurse()
    api.as_(colleague).post("/messages", {"receiverId": doctor.id, "message": "Round at nine"})

    def both() -> list:
        listed = api.as_(doctor).get("/messages")
        assert listed.trips <= 4
        return listed.json if {m["message"] for m in listed.json} == {"Round at nine", "Hello Ada"} else []

    eventually(both, "both conversations")
    assert api.as_(world.nurse()).get("/messages").json == []


def test_somebody_one_never_wrote_to(api, pair, talkers) -> None:
    patient, _ = pair
    assert api.as_(patient).get("/messages", params={"conversationWith": talkers.doctor.id}).json == []
    assert api.as_(patient).get("/messages", params={"conversationWith": NOWHERE}).json == []


def test_a_conversation_that_has_ended(api, world) -> None:
    patient, doctor = world.patient(), world.doctor()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    api.as_(doctor).post("/messages", {"receiverId": patient.id, "message": "Hello"})
    api.as_(patient).delete(f"/patients/{patient.patient_id}/care-team/{doctor.id}")
    refused(api.as_(doctor).get("/messages", params={"conversationWith": patient.id}), *HIDDEN)
    assert api.as_(doctor).get("/messages").json == []
