"""Views of others' documents."""

import pytest

from shared.notes.links import LINKED
from tests.client import refused

OWNERS = {
    "chat_id": "shared.chats.documents:Chat",
    "appointment_id": "shared.scheduling.booking.documents:Appointment",
    "call_id": "shared.calls.documents:Call",
}


@pytest.mark.parametrize("name", LINKED)
def test_a_view_is_of_what_its_owner_stores(name) -> None:
    """A new version of the owner's document has to be told here."""
    module, _, cls = OWNERS[name].partition(":")
    owner = getattr(pytest.importorskip(module), cls)
    view = LINKED[name]
    assert (view.collection, view.schema_version) == (owner.collection, owner.schema_version)
    assert "patient_id" in owner.model_fields
    assert not view.sealed_fields()


def test_a_chat_of_the_patient_is_linked(api, world) -> None:
    doctor, patient = world.doctor(), world.patient()
    world.join_care_team(patient.patient_id, doctor, by=patient)
    sent = {"type": "Care Team", "name": "Knee", "participantIds": [patient.id], "patientId": patient.patient_id}
    chat = api.as_(doctor).post("/chats", sent)
    assert chat.status == 201, chat
    body = {"patientId": patient.patient_id, "chatId": chat["id"]}
    made = api.as_(doctor).post("/clinical-notes", body)
    assert (made.status, made.trips, made["chatId"]) == (201, 2, chat["id"]), made
    other = world.record(by=doctor)["id"]
    refused(api.as_(doctor).post("/clinical-notes", body | {"patientId": other}), 400, "VALIDATION_ERROR")
