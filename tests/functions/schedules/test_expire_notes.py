"""The schedule that erases notes whose retention is over."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.notes.documents import Addendum, AgedNote, ClinicalNote, NoteVersion, addendum_id, version_id
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


def test_seven_years_from_the_last_change(cloud, own) -> None:
    note = own.new()
    stored = cloud.unit().get(ClinicalNote, note["id"])
    assert stored.keep_until.year == stored.created_at.year + 7


def test_only_the_scheduler(api, world) -> None:
    refused(api.post("/schedules/expire_notes"), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).post("/schedules/expire_notes"), 401, "TOKEN_INVALID")
