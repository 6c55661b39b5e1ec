"""GET /patients/{patientId}/vitals/series."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.functions.patients.conftest import READING, refusals


def test_lines_are_in_order_of_time_with_their_units(api, world) -> None:
    doctor = world.doctor()
    path = f"/patients/{world.record(doctor)['id']}/vitals"
    caller = api.as_(doctor)
    caller.post(path, {"heartRate": 80, "weight": 75.5, "recordedDate": "2024-01-02T08:00:00Z"})
    caller.post(path, {"heartRate": 70, "recordedDate": "2024-01-01T08:00:00Z"})
    answer = caller.get(f"{path}/series", params={"from": "2024-01-01", "to": "2024-01-02"})
    assert answer["series"] == {
        "heartRate": [
            {"t": "2024-01-01T08:00:00Z", "v": 70.0, "min": None, "max": None, "n": 1},
            {"t": "2024-01-02T08:00:00Z", "v": 80.0, "min": None, "max": None, "n": 1},
        ],
        "weight": [{"t": "2024-01-02T08:00:00Z", "v": 75.5, "min": None, "max": None, "n": 1}],
    }
    assert answer["units"] == {"heartRate": "bpm", "weight": "kg"}
    assert answer["bucketDays"] == {"heartRate": 0, "weight": 0}
    assert (answer["from"], answer["to"], answer["truncated"]) == (
        "2024-01-01T00:00:00Z",
        "2024-01-03T00:00:00Z",
        False,
    )
    assert caller.get(f"{path}/series", params={"from": "2024-01-02"})["series"].keys() == {"heartRate", "weight"}
    assert caller.get(f"{path}/series")["series"] == {}


def test_a_long_line_is_thinned_to_means_over_days(api, world, cloud) -> None:
    """2,100 sets, as a monitor at home leaves them: read 2,000, shown at most 500."""
    from shared.patients.clinical_documents import Measures, Vitals
    from shared.store.document import new_id

    doctor = world.doctor()
    record = world.record(doctor)["id"]
    start = datetime(2024, 1, 1, 0, 30, tzinfo=UTC)
    for batch in range(0, 2100, 300):
        unit = cloud.unit()
        for n in range(batch, batch + 300):
            at = start + timedelta(hours=6 * n)
            measures = Measures(heart_rate=60 + n % 4, weight=80.0 if n % 100 == 0 else None)
            unit.create(
                Vitals(
                    id=new_id(),
                    patient_id=record,
                    recorded_by=doctor.id,
                    recorded_date=at,
                    measures=measures,
                    created_at=at,
                )
            )
        unit.commit()
    answer = api.as_(doctor).get(f"/patients/{record}/vitals/series", params={"from": "2024-01-01", "to": "2026-01-01"})
    assert answer["truncated"] is True
    line = answer["series"]["heartRate"]
    assert len(line) == 500
    assert sum(point["n"] for point in line) == 2000
    assert line[0] == {"t": "2024-01-26T00:00:00Z", "v": 61.5, "min": 60.0, "max": 63.0, "n": 4}
    assert answer["bucketDays"] == {"heartRate": 1, "weight": 0}
    assert len(answer["series"]["weight"]) == 20


@pytest.mark.parametrize(
    "span", [{"from": "2024-01-02", "to": "2024-01-01"}, {"to": "now"}, {"startDate": "2024-01-01"}]
)
def test_spans_that_make_no_sense_are_refused(api, circle, span) -> None:
    refused(api.as_(circle.doctor).get(f"{circle.path}/vitals/series", params=span), 400, "VALIDATION_ERROR")


def test_who_may_and_who_may_not(api, circle) -> None:
    for name in ("patient", "family", "nurse", "visitor", "admin"):
        assert api.as_(getattr(circle, name)).get(f"{circle.path}/vitals/series").status == 200, name
    refusals(api, circle, "GET", f"{circle.path}/vitals/series", READING)
