"""POST /clinical-notes/{noteId}/sign."""

import pytest

from tests.client import refused
from tests.conftest import eventually
from tests.functions.notes.conftest import SOAP
from tests.functions.notes.proofs import asks_for_a_fresh_token, asks_for_proof
from tests.functions.patients.conftest import WRITING, sent_to
from tests.world import PASSWORD


def test_a_signature_freezes_the_note(api, notes, circle, cloud) -> None:
    note = notes.new(isDraft=True)
    signed = notes.sign(note["id"], version=1)
    assert (signed.status, signed.trips) == (200, 3), signed
    assert (signed["success"], signed["signedBy"]) == (True, "Dora Circle")
    assert len(signed["hash"]) == 64
    read = notes.get(note["id"])
    assert (read["status"], read["isDraft"], read["isSigned"]) == ("signed", False, True)
    assert (read["signedAt"], read["hash"], read["version"]) == (signed["signedAt"], signed["hash"], 1)
    refused(notes.sign(note["id"]), 409, "NOTE_SIGNED")


def test_the_patient_and_the_other_authors_are_told(api, notes, circle, cloud) -> None:
    note = notes.new()
    api.as_(circle.nurse).put(f"/clinical-notes/{note['id']}", {"sections": {"plan": "Rest"}})
    notes.sign(note["id"])
    asked = [r.to_dict() for r in sent_to(cloud, "notificationRequests", circle.nurse)]
    told = next(r for r in asked if r["refId"] == note["id"])
    assert (told["type"], told["refKind"]) == ("note_shared", "clinicalNotes")
    assert set(told["userIds"]) == {circle.nurse.id, circle.patient.id}
    eventually(lambda: sent_to(cloud, "notificationRequests", circle.patient), "the patient is told")


def test_a_doctor_signs_what_a_nurse_wrote(notes, circle) -> None:
    note = notes.new(circle.nurse)
    assert notes.sign(note["id"])["signedBy"] == "Dora Circle"
    assert notes.get(note["id"])["authorIds"] == [circle.nurse.id, circle.doctor.id]
    own = notes.new(circle.nurse)
    assert notes.sign(own["id"], circle.nurse).status == 200


def test_others_do_not_sign(api, notes, circle) -> None:
    note = notes.new()
    for who in (circle.nurse, circle.admin):
        refused(notes.sign(note["id"], who), 403, "SIGNER_NOT_ALLOWED")
    for name, (status, reason) in WRITING.items():
        refused(notes.sign(note["id"], getattr(circle, name)), status, reason)
    assert notes.get(note["id"])["isSigned"] is False


def test_what_the_template_requires_must_be_there(notes) -> None:
    note = notes.new(sections=SOAP | {"plan": "  "})
    answer = refused(notes.sign(note["id"]), 422, "NOTE_INCOMPLETE")
    assert [detail["field"] for detail in answer.error["details"]] == ["sections.plan"]


def test_another_version_than_was_read_is_not_signed(api, notes, circle) -> None:
    note = notes.new()
    api.as_(circle.nurse).put(f"/clinical-notes/{note['id']}", {"sections": {"plan": "Something else"}})
    answer = refused(notes.sign(note["id"], version=1), 409, "STALE_RECORD")
    assert answer.error["current"]["sections"]["plan"] == "Something else"


def test_it_takes_password_and_code(api, world, circle, notes) -> None:
    asks_for_proof(api, world, circle, lambda: notes.new()["id"], notes.sign)


def test_with_an_external_provider_it_takes_a_fresh_token(cloud, world, circle, notes) -> None:
    asks_for_a_fresh_token(cloud, world, circle, lambda: notes.new()["id"], notes.sign)


@pytest.mark.parametrize("body", [{"password": 1}, {"password": PASSWORD, "force": True}])
def test_what_is_wrong_is_named(api, notes, circle, body) -> None:
    answer = api.as_(circle.doctor).post(f"/clinical-notes/{notes.new()['id']}/sign", body)
    refused(answer, 400, "VALIDATION_ERROR")
