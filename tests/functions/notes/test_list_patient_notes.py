"""GET /patients/{patientId}/clinical-notes."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.functions.notes.conftest import Notes
from tests.functions.patients.conftest import READING, make_circle, refusals


@pytest.fixture(scope="module")
def own(api, world):
    """A circle of its own, with three notes."""
    circle = make_circle(world)
    notes = Notes(api, circle)
    made = [
        notes.signed(consultationType="follow_up"),
        notes.new(circle.nurse, templateType="dap", sections={"plan": "Rest"}, isDraft=True),
        notes.new(consultationType="follow_up"),
    ]
    return circle, [note["id"] for note in reversed(made)]


def listed(api, circle, who, **params):
    answer = api.as_(who).get(f"{circle.path}/clinical-notes", params=params)
    assert (answer.status, answer.trips) == (200, 3), answer
    return [row["id"] for row in answer["data"]]


def test_newest_first_and_by_page(api, own) -> None:
    circle, ids = own
    assert listed(api, circle, circle.doctor) == ids
    first = api.as_(circle.doctor).get(f"{circle.path}/clinical-notes", params={"limit": 2})
    assert first["pagination"]["total"] == 3
    row = first["data"][0]
    assert (row["createdBy"], row["authorId"], row["type"]) == ("Dora Circle", circle.doctor.id, "SOAP")
    assert "sections" not in row
    rest = {"limit": 2, "cursor": first["pagination"]["nextCursor"]}
    assert listed(api, circle, circle.doctor, **rest) == ids[2:]


def test_every_filter(api, own) -> None:
    circle, ids = own
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    for params, expected in (
        ({"templateType": "soap"}, [ids[0], ids[2]]),
        ({"type": "DAP"}, [ids[1]]),
        ({"consultationType": "follow_up"}, [ids[0], ids[2]]),
        ({"authorId": circle.nurse.id}, [ids[1]]),
        ({"status": "signed"}, [ids[2]]),
        ({"status": "draft"}, [ids[1]]),
        ({"status": "ready", "templateType": "soap", "authorId": circle.doctor.id}, [ids[0]]),
        ({"from": "2026-01-01", "to": tomorrow}, ids),
        ({"from": tomorrow}, []),
        ({"to": "2020-01-01T00:00:00Z"}, []),
    ):
        assert listed(api, circle, circle.doctor, **params) == expected, params
    for wrong in ({"templateType": "haiku"}, {"status": "lost"}, {"from": "yesterday"}, {"authorId": "x"}):
        refused(api.as_(circle.doctor).get(f"{circle.path}/clinical-notes", params=wrong), 400, "VALIDATION_ERROR")


def test_patient_and_family_see_what_is_signed(api, own) -> None:
    circle, ids = own
    for who in (circle.patient, circle.family):
        assert listed(api, circle, who) == [ids[2]]
        assert listed(api, circle, who, status="draft") == [ids[2]]


def test_who_may_not(api, own) -> None:
    circle, _ = own
    refusals(api, circle, "GET", f"{circle.path}/clinical-notes", READING)
