"""GET /patients/{patientId}/vitals."""

import pytest

from tests.client import refused
from tests.functions.patients.conftest import READING, refusals


@pytest.fixture(scope="module")
def history(api, world):
    """A doctor, and a record with one set at each of these times."""
    doctor = world.doctor()
    path = f"/patients/{world.record(doctor)['id']}/vitals"
    times = ["2024-01-01T00:00:00Z", "2024-01-01T23:59:59.999999Z", "2024-01-02T00:00:00Z", "2024-01-03T12:00:00Z"]
    for rate, at in enumerate(times, 60):
        made = api.as_(doctor).post(path, {"systolicBp": 120, "diastolicBp": 80, "heartRate": rate, "recordedDate": at})
        assert made.status == 201, made
    return doctor, path


def rates(answer) -> list[int]:
    assert answer.status == 200, answer
    return [entry["heartRate"] for entry in answer["data"]]


def test_lists_them_newest_first_under_both_names(api, history) -> None:
    doctor, path = history
    answer = api.as_(doctor).get(path)
    assert rates(answer) == [63, 62, 61, 60]
    newest = answer["data"][0]
    assert (newest["systolicBp"], newest["systolic"], newest["diastolicBp"], newest["diastolic"]) == (120, 120, 80, 80)
    assert (newest["recordedDate"], newest["date"]) == ("2024-01-03T12:00:00Z", "2024-01-03")
    assert answer["pagination"]["total"] == 4


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ({"startDate": "2024-01-01", "endDate": "2024-01-01"}, [61, 60]),
        ({"startDate": "2024-01-02"}, [63, 62]),
        ({"endDate": "2024-01-02"}, [62, 61, 60]),
        ({"startDate": "2024-01-02T00:00:00Z", "endDate": "2024-01-03T12:00:00Z"}, [63, 62]),
        ({"startDate": "2024-01-02T00:00:00.000001Z"}, [63]),
        ({"startDate": "2024-01-01T19:00:00-05:00"}, [63, 62]),
        ({"startDate": "2024-01-03T13:00:00+01:00"}, [63]),
        ({"startDate": "2025-01-01"}, []),
    ],
)
def test_both_ends_of_a_span_are_included(api, history, span, found) -> None:
    doctor, path = history
    assert rates(api.as_(doctor).get(path, params=span)) == found


def test_pages_through_a_span(api, history) -> None:
    doctor, path = history
    span = {"startDate": "2024-01-01", "endDate": "2024-01-02", "limit": 2}
    first = api.as_(doctor).get(path, params=span)
    cursor = first["pagination"]["nextCursor"]
    assert rates(first) + rates(api.as_(doctor).get(path, params=span | {"cursor": cursor})) == [62, 61, 60]
    # A cursor belongs to its list.
    refused(api.as_(doctor).get(path, params={"cursor": cursor}), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "span",
    [
        {"startDate": "2024-01-02", "endDate": "2024-01-01"},
        {"startDate": "yesterday"},
        {"startDate": "1704067200"},
        {"endDate": "2024-02-30"},
        {"from": "2024-01-01"},
    ],
)
def test_spans_that_make_no_sense_are_refused(api, history, span) -> None:
    doctor, path = history
    refused(api.as_(doctor).get(path, params=span), 400, "VALIDATION_ERROR")


def test_who_may_and_who_may_not(api, circle) -> None:
    for name in ("patient", "family", "nurse", "visitor", "admin"):
        assert api.as_(getattr(circle, name)).get(f"{circle.path}/vitals").status == 200, name
    refusals(api, circle, "GET", f"{circle.path}/vitals", READING)
