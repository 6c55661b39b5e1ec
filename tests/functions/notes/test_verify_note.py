"""GET /clinical-notes/{noteId}/verify: what is stored is changed behind the API's back, and found out."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from shared.notes.documents import Addendum, ClinicalNote, addendum_id
from tests.client import refused
from tests.functions.patients.conftest import HIDDEN, NO_SCOPE


@contextmanager
def tampered(cloud, cls, document_id, change):
    """What is stored, changed without the API for a while."""
    unit = cloud.unit()
    before = unit.get(cls, document_id)
    unit.update(before, **change(before))
    unit.commit()
    try:
        yield
    finally:
        unit = cloud.unit()
        unit.put(before)
        unit.commit()


def verify(api, who, note):
    return api.as_(who).get(f"/clinical-notes/{note['id']}/verify")


@pytest.fixture(scope="module")
def signed(notes, circle):
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
    with tampered(cloud, ClinicalNote, signed["id"], CHANGES[what]):
        answer = verify(api, circle.doctor, signed)
    assert (answer.status, answer["valid"]) == (200, False), answer
    assert verify(api, circle.doctor, signed)["valid"] is True


@pytest.mark.parametrize("change", [{"content": "HbA1c 16.8 %."}, {"number": 2}])
def test_a_change_of_an_addendum_is_found(api, circle, cloud, signed, change) -> None:
    with tampered(cloud, Addendum, addendum_id(signed["id"], 1), lambda _: change):
        answer = verify(api, circle.doctor, signed)
    assert answer["valid"] is False
    assert answer["links"][0]["valid"] is True
    assert answer["links"][1]["valid"] is False


def test_an_addendum_that_is_gone_is_missed(api, notes, circle, cloud) -> None:
    note = notes.signed()
    notes.add(note["id"])
    cloud.firestore.collection("noteAddenda").document(addendum_id(note["id"], 1)).delete()
    answer = verify(api, circle.doctor, note)
    assert [link["valid"] for link in answer["links"]] == [True, False]


def test_a_chain_made_without_the_key_is_none(api, circle, cloud, signed) -> None:
    """Somebody who can write the database, hashes right, and lacks the signing key."""
    from shared.notes import sealing

    def forged(note):
        other = note.model_copy(update={"sections": note.sections | {"plan": "Nothing"}})
        first = note.chain[0]
        hashed = sealing.content_hash(other, note.patient_header, first.signer, first.signed_at)
        return {"sections": other.sections, "chain": [first.model_copy(update={"hash": hashed})], "addenda": 0}

    with tampered(cloud, ClinicalNote, signed["id"], forged):
        answer = verify(api, circle.doctor, signed)
    assert answer["hash"] == answer["computed"]
    assert answer["valid"] is False


def test_who_may_not(api, notes, circle, signed) -> None:
    refused(verify(api, circle.doctor, notes.new()), 409, "NOTE_NOT_SIGNED")
    refused(verify(api, circle.payer, signed), *NO_SCOPE)
    refused(verify(api, circle.stranger, signed), *HIDDEN)
    refused(verify(api, circle.patient, notes.new()), *HIDDEN)
