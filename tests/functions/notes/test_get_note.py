"""GET /clinical-notes/{noteId}."""

import pytest

from tests.client import refused
from tests.functions.notes.conftest import NOWHERE, SOAP
from tests.functions.patients.conftest import HIDDEN, NO_SCOPE, UNVERIFIED


@pytest.fixture(scope="module")
def draft(notes):
    return notes.new(privateNotes="for me alone", isDraft=True)


@pytest.fixture(scope="module")
def signed(notes):
    note = notes.signed(privateNotes="for me alone")
    assert notes.add(note["id"]).status == 201
    return note


def test_clinicians_read_drafts_and_only_the_author_private_notes(api, notes, circle, draft) -> None:
    mine = notes.get(draft["id"])
    assert (mine.status, mine.trips, mine["privateNotes"]) == (200, 3, "for me alone")
    assert mine.json == draft
    assert mine.headers["ETag"] == '"1"'
    for name in ("nurse", "visitor", "admin"):
        theirs = notes.get(draft["id"], getattr(circle, name))
        assert theirs.json == draft | {"privateNotes": None}


def test_patient_and_family_read_what_is_signed(api, notes, circle, signed) -> None:
    for name in ("patient", "family"):
        read = notes.get(signed["id"], getattr(circle, name))
        assert (read.status, read.trips, read["sections"], read["privateNotes"]) == (200, 3, SOAP, None)
        assert (read["isSigned"], read["signedBy"], read["hash"]) == (True, "Dora Circle", signed["hash"])
        assert [a["content"] for a in read["addenda"]] == ["HbA1c 6.8 %."]
        assert [s["kind"] for s in read["signatures"]] == ["signature", "addendum"]
        assert read["signatures"][0]["hash"] == signed["hash"]


def test_a_family_grant_of_records_is_enough(world, notes, circle, signed) -> None:
    member = world.family()
    world.grant_family(circle.patient.patient_id, member, by=circle.patient, scopes=["records"])
    assert notes.get(signed["id"], member).status == 200


def test_to_them_a_draft_does_not_exist(notes, circle, draft) -> None:
    for name in ("patient", "family"):
        refused(notes.get(draft["id"], getattr(circle, name)), *HIDDEN)


def test_who_may_not(api, notes, circle, signed) -> None:
    path = f"/clinical-notes/{signed['id']}"
    refused(api.get(path), 401, "TOKEN_MISSING")
    refused(api.as_(circle.payer).get(path), *NO_SCOPE)
    refused(api.as_(circle.unverified).get(path), *UNVERIFIED)
    for name in ("stranger", "other_patient"):
        there = refused(api.as_(getattr(circle, name)).get(path), *HIDDEN)
        nowhere = refused(api.as_(getattr(circle, name)).get(f"/clinical-notes/{NOWHERE}"), *HIDDEN)
        assert there.trips == nowhere.trips, "the costs of a refusal must not tell the two apart"


def test_reading_is_in_the_patients_access_log(api, notes, circle, signed) -> None:
    notes.get(signed["id"], circle.visitor)
    log = api.as_(circle.patient).get(f"{circle.path}/access-log", params={"limit": 5})
    assert circle.visitor.id in {entry["userId"] for entry in log["data"]}
