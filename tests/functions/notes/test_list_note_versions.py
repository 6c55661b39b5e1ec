"""GET /clinical-notes/{noteId}/versions."""

import pytest

from tests.client import refused
from tests.functions.notes.conftest import SOAP
from tests.functions.patients.conftest import WRITING


@pytest.fixture(scope="module")
def note(api, notes, circle):
    note = notes.new(privateNotes="mine", isDraft=True)
    at = f"/clinical-notes/{note['id']}"
    api.as_(circle.nurse).put(at, {"sections": {"plan": "Rest"}, "version": 1})
    api.as_(circle.doctor).put(at, {"diagnoses": ["Flu"], "isDraft": False, "version": 2})
    return note


def test_every_change_is_there_newest_first(api, circle, note) -> None:
    answer = api.as_(circle.doctor).get(f"/clinical-notes/{note['id']}/versions")
    assert (answer.status, answer.trips) == (200, 3), answer
    third, second, first = answer["data"]
    assert [v["version"] for v in (third, second, first)] == [3, 2, 1]
    assert (first["sections"], first["savedBy"], first["status"]) == (SOAP, circle.doctor.id, "draft")
    assert (second["sections"]["plan"], second["savedBy"]) == ("Rest", circle.nurse.id)
    assert (third["diagnoses"][0]["description"], third["status"]) == ("Flu", "ready")
    assert {v["privateNotes"] for v in (third, second, first)} == {"mine"}
    theirs = api.as_(circle.nurse).get(f"/clinical-notes/{note['id']}/versions")
    assert {v["privateNotes"] for v in theirs["data"]} == {None}


def test_by_page(api, circle, note) -> None:
    page = api.as_(circle.doctor).get(f"/clinical-notes/{note['id']}/versions", params={"limit": 2, "page": 2})
    assert [v["version"] for v in page["data"]] == [1]
    assert page["pagination"] == {
        "total": 3, "page": 2, "limit": 2, "totalPages": 2, "nextCursor": None, "totalIsMinimum": False,
    }  # fmt: skip
    first = api.as_(circle.doctor).get(f"/clinical-notes/{note['id']}/versions", params={"limit": 2})
    after = {"limit": 2, "cursor": first["pagination"]["nextCursor"]}
    rest = api.as_(circle.doctor).get(f"/clinical-notes/{note['id']}/versions", params=after)
    assert [v["version"] for v in (*first["data"], *rest["data"])] == [3, 2, 1]
    assert rest["pagination"]["nextCursor"] is None
    beyond = api.as_(circle.doctor).get(f"/clinical-notes/{note['id']}/versions", params={"page": 9})
    assert beyond["data"] == []
    cursor = api.as_(circle.doctor).get(f"/clinical-notes/{note['id']}/versions", params={"cursor": "x"})
    refused(cursor, 400, "VALIDATION_ERROR")


def test_who_may_not(api, circle, note) -> None:
    refused(api.get(f"/clinical-notes/{note['id']}/versions"), 401, "TOKEN_MISSING")
    for name, (status, reason) in WRITING.items():
        refused(api.as_(getattr(circle, name)).get(f"/clinical-notes/{note['id']}/versions"), status, reason)
