"""GET /clinical-notes/{noteId}/verify: what is stored is changed behind the API's back, and found out."""

from datetime import timedelta

import pytest

from shared.notes.documents import Addendum, ClinicalNote, addendum_id
from tests.client import refused
from tests.functions.patients.conftest import HIDDEN, NO_SCOPE


def verify(api, who, note):
    return api.as_(who).get(f"/clinical-notes/{note['id']}/verify")


@pytest.fixture
def signed(world, notes, circle):
    note = notes.signed()
    notes.add(note["id"])
    assert notes.cosign(note["id"], circle.visitor).status == 200
    notes.add(note["id"], circle.nurse, content="Later")
    return note


def test_a_note_that_is_as_it_was_signed(api, circle, signed) -> None:
    for who in (circle.doctor, circle.patient, circle.family):
        answer = verify(api, who, signed)
        assert (answer.status, answer.trips, answer["valid"]) == (200, 3, True), answer
    assert answer["hash"] == answer["computed"] == signed["hash"]
    assert [(link["kind"], link["number"], link["valid"]) for link in answer["links"]] == [
        ("signature", None, True), ("addendum", 1, True), ("cosignature", None, True), ("addendum", 2, True),
    ]  # fmt: skip


CHANGES = {
    "a section": lambda n: {"sections": n.sections | {"plan": "Morphine 100 mg"}},
    "the patient": lambda n: {"patient_header": n.patient_header.model_copy(update={"name": "Somebody Else"})},
    "a diagnosis": lambda n: {"diagnoses": []} if n.diagnoses else {"visit_reason": "Another"},
    "the author": lambda n: {"created_by": "00000000-0000-4000-8000-000000000001"},
    "the time": lambda n: {"signed_at": n.signed_at + timedelta(seconds=1)},
    "the signer": lambda n: {"signed_by": "00000000-0000-4000-8000-000000000001"},
    "the hash": lambda n: {"chain": [n.chain[0].model_copy(update={"hash": "0" * 64}), *n.chain[1:]]},
    "the last link": lambda n: {"chain": n.chain[:-1]},
    "the first link": lambda n: {"chain": n.chain[1:]},
    "their order": lambda n: {"chain": [n.chain[0], n.chain[2], n.chain[1], n.chain[3]]},
    "all links": lambda n: {"chain": []},
    "a cosigner": lambda n: {
        "chain": [*n.chain[:2], n.chain[2].model_copy(update={"signer": n.chain[0].signer}), n.chain[3]]
    },
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_the_note_is_found(api, circle, cloud, signed, what) -> None:
    unit = cloud.unit()
    note = unit.get(ClinicalNote, signed["id"])
    unit.update(note, **CHANGES[what](note))
    unit.commit()
    answer = verify(api, circle.doctor, signed)
    assert (answer.status, answer["valid"]) == (200, False), answer


@pytest.mark.parametrize("change", [{"content": "HbA1c 16.8 %."}, {"number": 2}])
def test_a_change_of_an_addendum_is_found(api, circle, cloud, signed, change) -> None:
    unit = cloud.unit()
    unit.update(unit.get(Addendum, addendum_id(signed["id"], 1)), **change)
    unit.commit()
    answer = verify(api, circle.doctor, signed)
    assert answer["valid"] is False
    assert answer["links"][0]["valid"] is True
    assert answer["links"][1]["valid"] is False


def test_an_addendum_that_is_gone_is_missed(api, circle, cloud, signed) -> None:
    cloud.firestore.collection("noteAddenda").document(addendum_id(signed["id"], 2)).delete()
    answer = verify(api, circle.doctor, signed)
    assert [link["valid"] for link in answer["links"]] == [True, True, True, False]


def test_a_chain_made_without_the_key_is_none(api, circle, cloud, signed) -> None:
    """Somebody who can write the database, hashes right, and lacks the signing key."""
    from shared.notes import sealing

    unit = cloud.unit()
    note = unit.get(ClinicalNote, signed["id"])
    forged = note.model_copy(update={"sections": note.sections | {"plan": "Nothing"}})
    first = note.chain[0]
    hashed = sealing.content_hash(forged, note.patient_header, first.signer, first.signed_at)
    link = first.model_copy(update={"hash": hashed})
    unit.update(note, sections=forged.sections, chain=[link], addenda=0)
    unit.commit()
    answer = verify(api, circle.doctor, signed)
    assert answer["hash"] == answer["computed"]
    assert answer["valid"] is False


def test_who_may_not(api, notes, circle, signed) -> None:
    refused(verify(api, circle.doctor, notes.new()), 409, "NOTE_NOT_SIGNED")
    refused(verify(api, circle.payer, signed), *NO_SCOPE)
    refused(verify(api, circle.stranger, signed), *HIDDEN)
    refused(verify(api, circle.patient, notes.new()), *HIDDEN)
