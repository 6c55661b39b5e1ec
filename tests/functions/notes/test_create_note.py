"""POST /clinical-notes, /notes, /provider/clinical-notes."""

import pytest

from tests.client import refused
from tests.functions.notes.conftest import NOWHERE, SOAP
from tests.functions.patients.conftest import HIDDEN, WRITING


def test_a_note_is_begun_and_sealed(api, notes, circle, cloud) -> None:
    sent = notes.body(
        consultationType="initial_consultation", visitReason="Annual checkup", privateNotes="Seems anxious",
        diagnoses=["Essential hypertension", {"description": "Type 2 diabetes", "code": "E11.9"}], isDraft=True,
    )  # fmt: skip
    made = api.as_(circle.doctor).post("/clinical-notes", sent)
    assert (made.status, made.trips) == (201, 3), made
    assert {name: made[name] for name in ("patientId", "templateType", "sections", "visitReason", "isDraft")} == {
        name: sent[name] for name in ("patientId", "templateType", "sections", "visitReason", "isDraft")
    }
    assert (made["version"], made["status"], made["isSigned"], made["hash"]) == (1, "draft", False, None)
    assert made["createdBy"] == {"id": circle.doctor.id, "name": "Dora Circle", "role": "Doctor", "title": None}
    assert made["diagnoses"][1] == {"description": "Type 2 diabetes", "code": "E11.9"}
    assert made["privateNotes"] == "Seems anxious"
    assert made.headers["ETag"] == '"1"'
    stored = cloud.firestore.collection("clinicalNotes").document(made["id"]).get().to_dict()
    sealed = ("sections", "diagnoses", "visitReason", "privateNotes", "createdByName", "chain")
    assert all(isinstance(stored[name], bytes) for name in sealed)
    version = cloud.firestore.collection("noteVersions").document(f"{made['id']}_v1").get().to_dict()
    assert isinstance(version["content"], bytes)
    assert "anxious" not in repr(stored) + repr(version)


def test_the_names_of_seed_001(api, circle) -> None:
    body = {
        "patientId": circle.patient.patient_id, "type": "DAP", "diagnosis": "Insomnia",
        "content": {"data": "Sleeps four hours", "assessment": "Insomnia", "plan": "Sleep hygiene"},
    }  # fmt: skip
    made = api.as_(circle.nurse).post("/provider/clinical-notes", body)
    assert made.status == 201, made
    assert (made["type"], made["templateType"], made["diagnosis"]) == ("DAP", "dap", "Insomnia")
    assert made["content"] == made["sections"] == body["content"]
    assert (made["clientId"], made["providerId"]) == (circle.patient.patient_id, circle.nurse.id)
    assert (made["isDraft"], made["date"]) == (False, made["createdAt"][:10])


def test_the_example_of_seed_003(api, circle) -> None:
    made = api.as_(circle.admin).post("/notes", {"patientId": circle.patient.patient_id})
    assert (made.status, made["templateType"], made["sections"]) == (201, "soap", {})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"templateType": "haiku"}, "templateType"),
        ({"sections": {"data": "not of soap"}}, "sections"),
        ({"sections": {"plan": "x" * 20_001}}, "sections.plan"),
        ({"sections": {"plan": "\u202eevil"}}, "sections.plan"),
        ({"content": SOAP}, "body"),
        ({"type": "SOAP"}, "body"),
        ({"diagnoses": [{"description": ""}]}, "diagnoses.0.description"),
        ({"isSigned": True}, "isSigned"),
        ({"patientId": None}, "body"),
    ],
)
def test_what_is_wrong_is_named(api, notes, circle, wrong, field) -> None:
    answer = refused(api.as_(circle.doctor).post("/clinical-notes", notes.body(**wrong)), 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == field


def test_who_may_not(api, notes, circle) -> None:
    refused(api.post("/clinical-notes", notes.body()), 401, "TOKEN_MISSING")
    for name, (status, reason) in WRITING.items():
        refused(api.as_(getattr(circle, name)).post("/clinical-notes", notes.body()), status, reason)
    there = refused(api.as_(circle.stranger).post("/clinical-notes", notes.body()), *HIDDEN)
    nowhere = refused(api.as_(circle.stranger).post("/clinical-notes", notes.body(patientId=NOWHERE)), *HIDDEN)
    assert there.trips == nowhere.trips


def test_a_repeated_request_makes_one_note(api, notes, circle) -> None:
    headers = {"Idempotency-Key": "note-once"}
    first, again = (api.as_(circle.doctor).post("/clinical-notes", notes.body(), headers=headers) for _ in range(2))
    assert first["id"] == again["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
