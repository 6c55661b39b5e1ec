"""PUT /clinical-notes/{noteId}."""

import pytest

from tests.client import refused
from tests.functions.notes.conftest import SOAP
from tests.functions.patients.conftest import WRITING


def put(api, who, note, body, **headers):
    return api.as_(who).put(f"/clinical-notes/{note['id']}", body, headers=headers)


@pytest.fixture
def note(notes):
    return notes.new(isDraft=True, privateNotes="mine")


def test_a_subset_of_sections_is_saved_and_the_rest_stays(api, circle, note) -> None:
    saved = put(api, circle.doctor, note, {"sections": {"plan": "Metoprolol 25 mg", "objective": ""}, "isDraft": False})
    assert (saved.status, saved.trips) == (200, 3), saved
    assert saved["sections"] == {k: v for k, v in SOAP.items() if k != "objective"} | {"plan": "Metoprolol 25 mg"}
    assert (saved["version"], saved["isDraft"], saved["privateNotes"]) == (2, False, "mine")
    assert saved.headers["ETag"] == '"2"'
    assert saved["updatedAt"] > note["updatedAt"]


def test_saving_what_is_there_makes_no_version(api, circle, note) -> None:
    saved = put(api, circle.doctor, note, {"sections": SOAP, "version": 1})
    assert (saved["version"], saved.writes) == (1, 1)  # the audit entry


def test_a_stale_change_gets_both_sides_and_can_be_merged(api, circle, note) -> None:
    first = put(api, circle.nurse, note, {"version": 1, "sections": {"objective": "BP 130/85"}})
    assert (first.status, first["authorIds"]) == (200, [circle.doctor.id, circle.nurse.id])
    stale = {"version": 1, "sections": {"plan": "Rest", "objective": None}, "diagnoses": ["Flu"]}
    answer = refused(put(api, circle.doctor, note, stale), 409, "STALE_RECORD")
    assert answer.error["current"] == first.json | {"privateNotes": "mine"}
    assert answer.error["submitted"] == {
        "sections": stale["sections"], "diagnoses": [{"description": "Flu", "code": None}]
    }  # fmt: skip
    merged = {"version": answer.error["current"]["version"], "sections": {"plan": "Rest"}}
    assert put(api, circle.doctor, note, merged)["sections"] == SOAP | {"objective": "BP 130/85", "plan": "Rest"}


def test_the_version_may_be_a_header(api, circle, note) -> None:
    body = {"sections": {"plan": "A"}}
    assert put(api, circle.doctor, note, body, **{"If-Match": '"1"'}).status == 200
    for tag in ('"1"', 'W/"1", "7"', "nonsense"):
        refused(put(api, circle.doctor, note, body, **{"If-Match": tag}), 409, "STALE_RECORD")
    for tag in ('W/"2"', "*", '"1", "2"'):
        assert put(api, circle.doctor, note, body, **{"If-Match": tag}).status == 200


def test_without_a_version_the_change_is_made_and_kept(api, circle, note) -> None:
    assert put(api, circle.nurse, note, {"sections": {"plan": "A"}})["version"] == 2
    assert put(api, circle.doctor, note, {"sections": {"plan": "B"}})["version"] == 3


def test_private_notes_are_the_authors(api, circle, note) -> None:
    refused(put(api, circle.nurse, note, {"privateNotes": "yours?"}), 403, "NOT_THE_AUTHOR")
    assert put(api, circle.doctor, note, {"privateNotes": None})["privateNotes"] is None


def test_another_template_takes_the_sections_it_has(api, circle, note) -> None:
    refused(put(api, circle.doctor, note, {"templateType": "cardiology"}), 400, "VALIDATION_ERROR")
    changed = put(api, circle.doctor, note, {"templateType": "apso", "consultationType": "follow_up"})
    assert (changed["templateType"], changed["consultationType"], changed["sections"]) == ("apso", "follow_up", SOAP)


def test_a_signed_note_never_changes(api, notes, circle) -> None:
    note = notes.signed()
    before = notes.get(note["id"]).json
    for body in ({"sections": {"plan": "x"}}, {"privateNotes": "x"}, {"isDraft": True}, {"version": 1}, {}):
        refused(put(api, circle.doctor, note, body), 409, "NOTE_SIGNED")
    assert notes.get(note["id"]).json == before


def test_who_may_not(api, circle, note) -> None:
    refused(api.put(f"/clinical-notes/{note['id']}", {}), 401, "TOKEN_MISSING")
    for name, (status, reason) in WRITING.items():
        refused(put(api, getattr(circle, name), note, {"sections": {"plan": "x"}}), status, reason)
