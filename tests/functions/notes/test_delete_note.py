"""DELETE /clinical-notes/{noteId}."""

from tests.client import refused
from tests.functions.patients.conftest import HIDDEN, WRITING


def test_an_unsigned_note_is_thrown_away_softly(api, notes, circle, cloud) -> None:
    note = notes.new()
    gone = api.as_(circle.doctor).delete(f"/clinical-notes/{note['id']}")
    assert (gone.status, gone.trips) == (204, 3), gone
    refused(notes.get(note["id"]), *HIDDEN)
    stored = cloud.firestore.collection("clinicalNotes").document(note["id"]).get().to_dict()
    assert (stored["deleted"], stored["deletedBy"]) == (True, circle.doctor.id)
    listed = api.as_(circle.doctor).get(f"{circle.path}/clinical-notes", params={"limit": 100})
    assert note["id"] not in {row["id"] for row in listed["data"]}
    other = notes.new()
    assert api.as_(circle.admin).delete(f"/clinical-notes/{other['id']}").status == 204


def test_a_signed_one_is_not(api, notes, circle) -> None:
    note = notes.signed()
    for who in (circle.doctor, circle.admin):
        refused(api.as_(who).delete(f"/clinical-notes/{note['id']}"), 409, "NOTE_SIGNED")
    assert notes.get(note["id"]).status == 200


def test_who_may_not(api, notes, circle) -> None:
    path = f"/clinical-notes/{notes.new()['id']}"
    refused(api.as_(circle.nurse).delete(path), 403, "NOT_THE_AUTHOR")
    for name, (status, reason) in WRITING.items():
        refused(api.as_(getattr(circle, name)).delete(path), status, reason)
