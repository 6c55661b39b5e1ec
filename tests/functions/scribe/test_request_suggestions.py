"""POST /scribe/generate-suggestions."""

import pytest

from shared.config import settings
from shared.context import Context, Trail
from shared.scribe.erasing import shut
from tests.client import refused
from tests.functions.scribe.conftest import NOWHERE
from tests.functions.tasks.scribe_jobs import Worker
from tests.world import PASSWORD


def ask(api, practice, note_id, by=None, path="/scribe/generate-suggestions", **fields):
    body = {"noteId": note_id, "section": "plan"} | fields
    return api.as_(by or practice.doctor).post(path, body)


@pytest.fixture
def written(api, practice):
    """A note by hand, about no conversation."""

    def made(**sections: str) -> str:
        body = {"patientId": practice.patient.patient_id, "templateType": "soap", "isDraft": True, "sections": sections}
        answer = api.as_(practice.doctor).post("/clinical-notes", body)
        assert answer.status == 201, answer
        return answer["id"]

    return made


def test_suggestions_from_the_chat_behind_a_note(api, practice) -> None:
    note = practice.note()
    answer = ask(api, practice, note["id"])
    assert (answer.status, answer.trips) == (200, 3), answer
    (offered,) = answer["suggestions"]
    assert "throat culture" in offered["text"]
    assert (offered["section"], offered["type"], offered["isAccepted"]) == ("plan", "action", False)
    assert 0 < offered["confidence"] <= 1
    assert {c["kind"] for c in offered["citations"]} == {"message"}
    kept = api.as_(practice.doctor).get(f"/clinical-notes/{note['id']}")["suggestions"]
    assert kept[-1] == offered


def test_suggestions_from_what_is_given(api, practice, written) -> None:
    note = written(subjective="Knee pain after a fall.")
    context = (
        "Left knee hurts since the fall on Monday. Let's get an x-ray of the left knee, and take ibuprofen 400 mg."
    )
    answer = ask(api, practice, note, path="/scribe/suggestions", context=context)
    assert answer.status == 200, answer
    assert all(s["citations"] == [{"kind": "context", "id": "context", "start": None, "end": None}]
               for s in answer["suggestions"])  # fmt: skip


def test_what_does_not_fit_is_flagged(api, practice, gemini) -> None:
    note = practice.note()
    gemini.lie("drug")
    flags = [s["flags"] for s in ask(api, practice, note["id"])["suggestions"]]
    assert flags
    assert all("unsupported_medication" in f for f in flags)


def test_with_nothing_to_go_by_no_model_is_asked(api, practice, written, gemini) -> None:
    refused(ask(api, practice, written(plan="Rest.")), 422, "NOT_ENOUGH_CONTENT")
    assert gemini.calls == []


def test_a_section_that_the_template_has_not(api, practice, drafted) -> None:
    refused(ask(api, practice, drafted["id"], section="hpi"), 400, "VALIDATION_ERROR")


def test_somebody_elses_note(api, practice, drafted) -> None:
    refused(ask(api, practice, drafted["id"], by=practice.stranger), 404, "NOT_FOUND")
    refused(ask(api, practice, NOWHERE), 404, "NOT_FOUND")
    refused(ask(api, practice, drafted["id"], by=practice.patient), 403, "ROLE_NOT_ALLOWED")


def test_a_signed_note_takes_none(api, practice) -> None:
    note = practice.note()
    complete = {"sections": {"objective": "Not examined."}}
    assert api.as_(practice.doctor).put(f"/clinical-notes/{note['id']}", complete).status == 200
    signed = api.as_(practice.doctor).post(f"/clinical-notes/{note['id']}/sign", {"password": PASSWORD})
    assert signed.status == 200, signed
    refused(ask(api, practice, note["id"]), 409, "NOTE_SIGNED")


@pytest.mark.parametrize(("mode", "times", "status", "reason"), [
    ("500", 99, 503, "AI_UNAVAILABLE"), ("blocked", 1, 502, "AI_REFUSED"), ("schema", 2, 502, "AI_ANSWER_UNUSABLE"),
])  # fmt: skip
def test_the_vendor_fails(api, practice, gemini, drafted, mode, times, status, reason) -> None:
    gemini.fail(mode, times)
    refused(ask(api, practice, drafted["id"]), status, reason)
    gemini.reset()


def test_consent_taken_back_while_they_are_made(api, practice, gemini, monkeypatch) -> None:
    worker = Worker(practice, api, "generate_note")
    call_id = worker.transcript()
    job = worker.job(kind="note", call_id=call_id, template_type="soap")
    assert worker.run(job).status == 204
    note = str(worker.done(job)[1].note_id)

    def withdraw() -> None:
        unit = practice.cloud.unit()
        shut(Context(unit=unit, settings=settings(), trail=Trail("TEST"), request_id="test"), call_id, keep=False)
        unit.commit()

    with monkeypatch.context() as patch:
        assert worker.done_by_somebody_before_the_commit(patch, withdraw) == []
        refused(ask(api, practice, note), 422, "CONSENT_REQUIRED")
    # From then on they are made from the note, and what is given with the request.
    made = ask(api, practice, note, section="assessment", context="Her left knee hurts since the fall on Monday.")
    assert made.status == 200, made
    assert {c["kind"] for s in made["suggestions"] for c in s["citations"]} <= {"note", "context"}
