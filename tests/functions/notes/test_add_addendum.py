"""POST /clinical-notes/{noteId}/addenda."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.client import refused
from tests.functions.notes.proofs import asks_for_a_fresh_token, asks_for_proof
from tests.functions.patients.conftest import WRITING


def test_many_authors_add_and_the_note_stays(api, notes, circle, cloud) -> None:
    note = notes.signed()
    first = notes.add(note["id"])
    assert (first.status, first.trips, first["number"]) == (201, 3, 1), first
    second = notes.add(note["id"], circle.nurse, content="Patient called:\n• feels better")
    assert (second["number"], second["author"]["id"]) == (2, circle.nurse.id)
    read = notes.get(note["id"])
    assert [a["content"] for a in read["addenda"]] == ["HbA1c 6.8 %.", "Patient called:\n• feels better"]
    assert (read["hash"], read["version"], read["sections"]) == (note["hash"], 1, note["sections"])
    stored = cloud.firestore.collection("noteAddenda").document(second["id"]).get().to_dict()
    assert isinstance(stored["content"], bytes)
    assert isinstance(stored["author"], bytes)


def test_addenda_at_the_same_time_are_all_kept(api, notes, circle) -> None:
    note = notes.signed()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: notes.add(note["id"], content=f"number {n}"), range(4)))
    assert [a.status for a in answers] == [201] * 4
    read = notes.get(note["id"])
    assert [a["number"] for a in read["addenda"]] == [1, 2, 3, 4]
    assert {a["content"] for a in read["addenda"]} == {f"number {n}" for n in range(4)}
    assert api.as_(circle.doctor).get(f"/clinical-notes/{note['id']}/verify")["valid"] is True


def test_only_to_what_is_signed(notes) -> None:
    refused(notes.add(notes.new()["id"]), 409, "NOTE_NOT_SIGNED")


@pytest.mark.parametrize("content", ["", "  ", None, "x" * 20_001])
def test_it_says_something(notes, content) -> None:
    answer = refused(notes.add(notes.signed()["id"], content=content), 400, "VALIDATION_ERROR")
    assert answer.error["details"][0]["field"] == "content"


def test_who_may_not(notes, circle) -> None:
    note = notes.signed()
    for name, (status, reason) in WRITING.items():
        refused(notes.add(note["id"], getattr(circle, name)), status, reason)


def test_it_takes_password_and_code(api, world, circle, notes) -> None:
    asks_for_proof(api, world, circle, lambda: notes.signed()["id"], notes.add)


def test_with_an_external_provider_it_takes_a_fresh_token(cloud, world, circle, notes) -> None:
    asks_for_a_fresh_token(cloud, world, circle, lambda: notes.signed()["id"], notes.add)
