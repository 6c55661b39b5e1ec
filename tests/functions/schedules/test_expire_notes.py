"""The schedule that erases notes whose retention is over."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from shared.notes.documents import Addendum, AgedNote, ClinicalNote, NoteVersion, addendum_id, version_id
from shared.scribe.documents import CitedSentence, Generation, Suggestion
from shared.store import new_id
from tests.client import refused
from tests.functions.notes.conftest import Notes
from tests.functions.patients.conftest import HIDDEN, make_circle


@pytest.fixture(scope="module")
def own(api, world) -> Notes:
    return Notes(api, make_circle(world))


def run(cloud, api):
    answer = cloud.machine(api, "schedule", "expire_notes").post("/schedules/expire_notes")
    assert answer.status == 204, answer


def aged(cloud, *note_ids: str) -> None:
    """As if nobody had touched them for years."""
    for note_id in note_ids:
        unit = cloud.unit()
        note = unit.get(AgedNote, note_id, deleted=True)
        unit.update(note, keep_until=datetime.now(UTC) - timedelta(minutes=1))
        unit.commit()


def test_what_a_note_says_is_erased_and_a_tombstone_stays(api, cloud, own) -> None:
    fresh = own.signed()
    note = own.signed(privateNotes="mine", diagnoses=["Flu"], visitReason="Cough")
    own.add(note["id"])
    thrown = own.new(isDraft=True)
    own.api.as_(own.circle.doctor).put(f"/clinical-notes/{thrown['id']}", {"sections": {"plan": "Rest"}})
    own.api.as_(own.circle.doctor).delete(f"/clinical-notes/{thrown['id']}")
    aged(cloud, note["id"], thrown["id"])
    run(cloud, api)
    for who in (own.circle.doctor, own.circle.patient, own.circle.admin):
        refused(own.get(note["id"], who), *HIDDEN)
    refused(api.get(f"/verify-note/{note['verificationCode']}"), *HIDDEN)
    unit = cloud.unit()
    for note_id, versions in ((note["id"], 1), (thrown["id"], 2)):
        stored = unit.get(AgedNote, note_id, deleted=True)
        assert (stored.erased, stored.sections, stored.chain, stored.private_notes) == (True, {}, [], None)
        assert (stored.diagnoses, stored.visit_reason, stored.patient_header) == ([], None, None)
        assert stored.created_by_name == ""
        kept = unit.get_all(NoteVersion, [version_id(note_id, n + 1) for n in range(versions)])
        assert all(v.content.sections == {} and v.private_notes is None and v.saved_by_name == "" for v in kept)
    addendum = unit.get(Addendum, addendum_id(note["id"], 1))
    assert (addendum.content, addendum.author.name) == ("", "")
    assert unit.get(ClinicalNote, note["id"]).signed_at is not None
    assert own.get(fresh["id"]).status == 200
    run(cloud, api)


def test_not_under_a_legal_hold(api, cloud, world) -> None:
    notes = Notes(api, make_circle(world))
    note = notes.signed()
    aged(cloud, note["id"])
    admin = api.as_(world.admin)
    held = admin.post("/admin/legal-holds", {"patientId": notes.circle.patient.patient_id, "reason": "Subpoena"})
    assert held.status == 201, held
    run(cloud, api)
    assert notes.get(note["id"])["sections"] == note["sections"]
    assert admin.delete(f"/admin/legal-holds/{held['id']}").status in {200, 204}
    run(cloud, api)
    refused(notes.get(note["id"]), *HIDDEN)


def generated(cloud, patient_id: str) -> tuple[str, str]:
    """An entry of the ledger as it would be after seven years, and its suggestion."""
    unit, then = cloud.unit(), datetime.now(UTC) - timedelta(days=7 * 366 + 1)
    entry = Generation(
        id=new_id(), kind="suggestions", requested_by=new_id(), patient_id=patient_id, note_id=new_id(), model="m",
        visit_reason="Cough", outcome="done", input_tokens=7, suggestion_ids=[new_id()], created_at=then,
        sentences=[CitedSentence(section="plan", text="Rest.", citations=[])],
    )  # fmt: skip
    (offered,) = entry.suggestion_ids
    unit.create(entry)
    unit.create(
        Suggestion(
            id=offered, note_id=str(entry.note_id), patient_id=patient_id, generation_id=entry.id, section="plan",
            text="Rest.", type="action", edited_text="Rest!", created_at=then,
        )
    )  # fmt: skip
    unit.commit()
    return entry.id, offered


def said(cloud, entry: str, offered: str) -> tuple:
    unit = cloud.unit()
    found, suggestion = unit.get(Generation, entry), unit.get(Suggestion, offered)
    return (len(found.sentences), found.visit_reason, found.erased, suggestion.text, suggestion.edited_text)


def test_what_the_ledger_says_goes_as_well_but_not_under_a_hold(api, cloud, world) -> None:
    free, bound = str(uuid.uuid4()), str(uuid.uuid4())
    admin = api.as_(world.admin)
    held = admin.post("/admin/legal-holds", {"patientId": bound, "reason": "Subpoena"})
    one, other = generated(cloud, free), generated(cloud, bound)
    run(cloud, api)
    assert said(cloud, *one) == (0, None, True, "", None)
    entry = cloud.unit().get(Generation, one[0])
    assert (entry.model, entry.input_tokens, entry.erased_at is not None) == ("m", 7, True)
    assert said(cloud, *other) == (1, "Cough", False, "Rest.", "Rest!")
    assert admin.delete(f"/admin/legal-holds/{held['id']}").status in {200, 204}
    run(cloud, api)
    assert said(cloud, *other) == (0, None, True, "", None)


def test_seven_years_from_the_last_change(cloud, own) -> None:
    note = own.new()
    stored = cloud.unit().get(ClinicalNote, note["id"])
    assert stored.keep_until.year == stored.created_at.year + 7


def test_only_the_scheduler(api, world) -> None:
    refused(api.post("/schedules/expire_notes"), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post("/schedules/expire_notes"), 401, "TOKEN_INVALID")
