"""GET /clinical-notes/{noteId}/generations."""

import pytest

from tests.client import refused
from tests.functions.scribe.conftest import NOWHERE, gemini, practice  # noqa: F401 - fixtures


@pytest.fixture(scope="module")
def note(api, practice):  # noqa: F811
    """Drafted, with one suggestion decided and more asked for afterwards."""
    made = practice.note()
    (offered,) = made["suggestions"]
    own_words = {"action": "edit", "text": "Consider a throat culture on Friday."}
    assert practice.decide(made["id"], offered["id"], own_words).status == 200
    asked = {"noteId": made["id"], "section": "plan", "context": "Her sister reported that ibuprofen helped."}
    assert api.as_(practice.doctor).post("/scribe/generate-suggestions", asked).status == 200
    return made


def ledger(api, note, by, **params):
    return api.as_(by).get(f"/clinical-notes/{note['id']}/generations", params=params)


def test_how_a_note_was_made(api, practice, note) -> None:  # noqa: F811
    answer = ledger(api, note, practice.doctor)
    assert (answer.status, answer.trips) == (200, 3), answer
    later, first = answer["data"]
    entry = practice.ledger(note["generationId"])
    assert (later["kind"], later["section"], first["kind"], first["id"]) == ("suggestions", "plan", "note", entry.id)
    assert (first["model"], first["promptVersion"]) == (note["model"], "base/v1+soap/v1+general_consultation")
    assert (first["promptSha256"], first["inputIds"]) == (entry.prompt_sha256, entry.input_ids)
    assert (first["inputTokens"], first["outputTokens"]) == (entry.input_tokens, entry.output_tokens)
    assert first["costMicroUsd"] == round(first["inputTokens"] * 0.30 + first["outputTokens"] * 2.50)
    assert (first["sentenceCount"], first["flaggedCount"], first["erased"]) == (entry.sentence_count, 0, False)
    assert [first[name] for name in ("accepted", "edited", "rejected", "pending")] == [0, 1, 0, 0]
    assert first["decisions"] == [{"suggestionId": note["suggestions"][0]["id"], "decision": "edited"}]
    assert later["pending"] == len(later["decisions"]) > 0


def test_nothing_of_what_was_said(api, practice, note) -> None:  # noqa: F811
    answer = str(ledger(api, note, practice.doctor).json).lower()
    for word in ("azithromycin", "strep", "culture", "ibuprofen", "sister"):
        assert word not in answer


def test_by_page(api, practice, note) -> None:  # noqa: F811
    first = ledger(api, note, practice.doctor, limit=1)
    assert first["pagination"]["total"] == 2
    second = ledger(api, note, practice.doctor, limit=1, cursor=first["pagination"]["nextCursor"])
    assert [e["kind"] for e in (*first["data"], *second["data"])] == ["suggestions", "note"]
    assert second["pagination"]["nextCursor"] is None


def test_who_may(api, practice, world, note) -> None:  # noqa: F811
    assert len(ledger(api, note, world.admin)["data"]) == 2
    refused(ledger(api, note, practice.nurse), 403, "NOT_THE_AUTHOR")
    api.as_(practice.nurse).put(f"/clinical-notes/{note['id']}", {"sections": {"objective": "Tonsils red."}})
    assert ledger(api, note, practice.nurse).status == 200, "who has written in it"
    refused(ledger(api, note, practice.patient), 403, "ROLE_NOT_ALLOWED")
    refused(ledger(api, note, practice.stranger), 404, "NOT_FOUND")
    refused(ledger(api, {"id": NOWHERE}, practice.doctor), 404, "NOT_FOUND")
    refused(api.get(f"/clinical-notes/{note['id']}/generations"), 401, "TOKEN_MISSING")
