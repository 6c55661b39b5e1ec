"""POST /clinical-notes/{noteId}/accept-suggestion/{suggestionId}, and …/suggestions/{suggestionId}."""

import pytest

from tests.client import refused
from tests.functions.scribe.conftest import NOWHERE, gemini, practice  # noqa: F401 - fixtures
from tests.world import PASSWORD

OPEN = "If it does not improve we could consider a throat culture"


@pytest.fixture
def note(practice):  # noqa: F811
    return practice.note()


@pytest.fixture
def flagged(practice, gemini):  # noqa: F811
    """A note whose model gave another dose; the note and the suggestion that came of it."""
    gemini.lie("dose")
    made = practice.note()
    gemini.reset()
    return made["id"], next(s for s in made["suggestions"] if "azithromycin" in s["text"])


def test_accepting_adds_it_to_its_section(api, practice, note) -> None:  # noqa: F811
    (offered,) = note["suggestions"]
    answer = practice.decide(note["id"], offered["id"])
    assert (answer.status, answer.trips) == (200, 3), answer
    assert (answer["success"], answer["updatedSection"], answer["version"]) == (True, "plan", 2)
    assert answer["updatedContent"] == f"{note['sections']['plan']} {offered['text']}"
    stored = api.as_(practice.doctor).get(f"/clinical-notes/{note['id']}")
    assert stored["sections"]["plan"] == answer["updatedContent"]
    assert [s["status"] for s in stored["suggestions"]] == ["accepted"]
    assert practice.ledger(note["generationId"]).decisions == {offered["id"]: "accepted"}


def test_it_is_decided_once(practice, note) -> None:  # noqa: F811
    (offered,) = note["suggestions"]
    assert (
        practice.decide(note["id"], offered["id"], {"action": "reject"})["updatedContent"] == note["sections"]["plan"]
    )
    refused(practice.decide(note["id"], offered["id"]), 409, "ALREADY_DONE")
    assert practice.ledger(note["generationId"]).decisions == {offered["id"]: "rejected"}


def test_in_ones_own_words(api, practice, note) -> None:  # noqa: F811
    (offered,) = note["suggestions"]
    path = f"/clinical-notes/{note['id']}/suggestions/{offered['id']}"
    body = {"action": "edit", "text": "Throat culture if not better by Friday.", "version": 1}
    answer = api.as_(practice.doctor).post(path, body)
    assert answer.status == 200, answer
    assert answer["updatedContent"].endswith(body["text"])
    assert (answer["suggestion"]["status"], answer["suggestion"]["isAccepted"]) == ("edited", True)


def test_what_does_not_fit_is_not_accepted_as_it_is(practice, flagged) -> None:  # noqa: F811
    note_id, wrong = flagged
    answer = refused(practice.decide(note_id, wrong["id"]), 422, "SUGGESTION_NOT_SUPPORTED")
    assert answer.error["details"] == [{"field": "flags", "message": "dose_mismatch"}]
    refused(practice.decide(note_id, wrong["id"], {"action": "edit", "text": wrong["text"]}), 400, "VALIDATION_ERROR")
    mine = {"action": "edit", "text": "Azithromycin 500 mg once a day for 3 days."}
    assert practice.decide(note_id, wrong["id"], mine)["updatedContent"] == mine["text"]


def test_a_stale_version(practice, note) -> None:  # noqa: F811
    (offered,) = note["suggestions"]
    refused(practice.decide(note["id"], offered["id"], {"version": 7}), 409, "STALE_RECORD")
    assert practice.decide(note["id"], offered["id"], {"version": 1}).status == 200


def test_a_signed_note_takes_none(api, practice, note) -> None:  # noqa: F811
    doctor = api.as_(practice.doctor)
    assert doctor.put(f"/clinical-notes/{note['id']}", {"sections": {"objective": "Not examined."}}).status == 200
    assert doctor.post(f"/clinical-notes/{note['id']}/sign", {"password": PASSWORD}).status == 200
    (offered,) = note["suggestions"]
    refused(practice.decide(note["id"], offered["id"]), 409, "NOTE_SIGNED")


def test_somebody_elses(practice, note) -> None:  # noqa: F811
    (offered,) = note["suggestions"]
    refused(practice.decide(note["id"], offered["id"], by=practice.stranger), 404, "NOT_FOUND")
    refused(practice.decide(note["id"], NOWHERE), 404, "NOT_FOUND")
    refused(practice.decide(NOWHERE, offered["id"]), 404, "NOT_FOUND")
    refused(practice.decide(note["id"], offered["id"], by=practice.patient), 403, "ROLE_NOT_ALLOWED")


def test_bodies_that_make_no_sense(practice, note) -> None:  # noqa: F811
    for body in ({"action": "edit"}, {"text": "mine"}, {"action": "swallow"}):
        refused(practice.decide(note["id"], note["suggestions"][0]["id"], body), 400, "VALIDATION_ERROR")
