"""GET /clinical-notes/{noteId}/generations."""

import pytest

from tests.client import refused
from tests.functions.notes.conftest import SOAP
from tests.functions.scribe.conftest import NOWHERE, gemini, practice  # noqa: F401 - fixtures
from tests.world import PASSWORD


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
    assert (first["model"], first["promptVersion"]) == (note["model"], "base/v2+soap/v1+general_consultation")
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


def test_what_became_of_the_draft(api, practice) -> None:  # noqa: F811
    """Known once the note is signed: until then everything may change again."""
    made = practice.note()
    path, sections = f"/clinical-notes/{made['id']}", made["sections"]
    drafted = made["sentences"]
    taken_out, changed = drafted[0], next(s for s in drafted if "azithromycin" in s["text"])
    assert ledger(api, made, practice.doctor)["data"][0]["drafted"] == {"pending": len(drafted)}
    sections[taken_out["section"]] = sections[taken_out["section"]].replace(taken_out["text"], "Seen with her mother.")
    reworded = changed["text"].replace("500 mg", "250 mg")
    sections[changed["section"]] = sections[changed["section"]].replace(changed["text"], reworded)
    saved = api.as_(practice.doctor).put(path, {"sections": {n: sections.get(n) or "Nothing." for n in SOAP}})
    assert saved.status == 200, saved
    assert ledger(api, made, practice.doctor)["data"][0]["drafted"] == {"pending": len(drafted)}
    signed = api.as_(practice.doctor).post(f"{path}/sign", {"password": PASSWORD})
    assert (signed.status, signed.trips) == (200, 3), signed
    (entry,) = ledger(api, made, practice.doctor)["data"]
    assert entry["drafted"] == {"accepted": len(drafted) - 2, "edited": 1, "rejected": 1}


def test_a_draft_thrown_away_was_rejected(api, practice) -> None:  # noqa: F811
    made = practice.note()
    gone = api.as_(practice.doctor).delete(f"/clinical-notes/{made['id']}")
    assert (gone.status, gone.trips) == (204, 3), gone
    kept = practice.ledger(made["generationId"])
    assert kept.drafted == {"rejected": len(made["sentences"])}


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
