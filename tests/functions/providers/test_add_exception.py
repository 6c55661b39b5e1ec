"""POST /providers/{providerId}/exceptions."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.client import refused
from tests.functions.providers.conftest import book, hours, slots, workday


def test_a_vacation_closes_its_days_and_finds_new_slots(api, world, practice, doctor) -> None:
    day, path = workday(), f"/providers/{doctor.id}/exceptions"
    patients = [world.patient(), world.patient()]
    visits = [book(api, patients[0], doctor, day, "10:00 AM"), book(api, patients[1], doctor, day, "10:30 AM")]
    outside = book(api, world.patient(), doctor, workday(2), "10:00 AM")
    body = {"from": day.isoformat(), "to": workday(1).isoformat(), "kind": "vacation", "reason": "Sailing"}
    answer = api.as_(doctor).post(path, body)
    assert (answer.status, answer.trips) == (201, 3)
    assert (answer["fromDate"], answer["toDate"]) == (day.isoformat(), workday(1).isoformat())
    first, second = answer["affected"]
    assert [first["appointmentId"], second["appointmentId"]] == [visit["id"] for visit in visits]
    # Their own time of day where it is free; 10:00 of the first day after is taken, so the earliest.
    assert (first["time"], first["proposal"]["date"], first["proposal"]["time"]) == (
        "10:00 AM", workday(2).isoformat(), "09:00 AM",
    )  # fmt: skip
    assert (second["proposal"]["date"], second["proposal"]["time"]) == (workday(2).isoformat(), "10:30 AM")
    assert outside["id"] not in {first["appointmentId"], second["appointmentId"]}
    for closed in (day, workday(1)):
        assert slots(api, practice.patient, doctor, closed) == []
    assert slots(api, practice.patient, doctor, workday(2)) != []
    # Nobody is moved before it is asked for.
    assert api.as_(patients[0]).get(f"/appointments/{visits[0]['id']}")["date"] == day.isoformat()


def test_part_of_a_day_by_wall_time_and_by_instant(api, practice, doctor) -> None:
    day, path = workday(), f"/providers/{doctor.id}/exceptions"
    body = {"from": f"{day}T09:30", "to": f"{day}T10:15", "kind": "unavailable"}
    assert api.as_(doctor).post(path, body)["affected"] == []
    assert slots(api, practice.patient, doctor, day) == ["09:00 AM", "10:30 AM", "11:00 AM", "11:30 AM"]
    shown = api.as_(doctor).get(f"/providers/{doctor.id}/available-slots?date={day}")["details"][-1]
    until = {"from": shown["startTime"], "to": shown["endTime"], "kind": "unavailable"}
    assert api.as_(practice.admin).post(path, until).status == 201
    assert slots(api, practice.patient, doctor, day) == ["09:00 AM", "10:30 AM", "11:00 AM"]


def test_special_hours(api, world, practice, doctor) -> None:
    """They replace the day's hours; an appointment they leave out is affected."""
    day, path = workday(), f"/providers/{doctor.id}/exceptions"
    saturday = day + timedelta(days=5 - day.weekday())
    kept, left = (
        book(api, world.patient(), doctor, day, "11:00 AM"),
        book(api, world.patient(), doctor, day, "09:00 AM"),
    )
    windows = [{"startTime": "11:00", "endTime": "13:00"}]
    body = {"from": day.isoformat(), "to": day.isoformat(), "kind": "special_hours", "hours": windows}
    answer = api.as_(doctor).post(path, body)
    assert [a["appointmentId"] for a in answer["affected"]] == [left["id"]]
    assert kept["id"] not in answer.response.text
    assert answer["hours"] == [{"startTime": "11:00", "endTime": "13:00", "locationId": None}]
    assert slots(api, practice.patient, doctor, day) == ["11:30 AM", "12:00 PM", "12:30 PM"]
    assert slots(api, practice.patient, doctor, saturday) == []
    extra = {"from": saturday.isoformat(), "to": saturday.isoformat(), "kind": "special_hours", "hours": windows}
    assert api.as_(doctor).post(path, extra)["affected"] == []
    assert len(slots(api, practice.patient, doctor, saturday)) == 4


def test_patients_inside_an_emergency_are_told(api, cloud, world, doctor) -> None:
    from tests.conftest import eventually

    patient, day = world.patient(), workday()
    visit = book(api, patient, doctor, day)
    body = {"from": day.isoformat(), "to": day.isoformat(), "kind": "unavailable", "emergency": True}
    assert api.as_(doctor).post(f"/providers/{doctor.id}/exceptions", body)["emergency"] is True

    def told() -> bool:
        asked = cloud.stored("notificationRequests", "refId", visit["id"])
        return any("displaced" in found.get("dedupeKey") for found in asked)

    eventually(told, "a message to the patient")


def test_a_booking_under_way_does_not_slip_through(api, cloud, world, doctor) -> None:
    """Whoever read the day before it was closed cannot commit after it."""
    from shared.scheduling import days
    from shared.scheduling.slots import Slot, Span
    from shared.store import Conflicted

    day = workday()
    unit = cloud.unit()
    before = days.read_day(unit, doctor.id, day)
    body = {"from": day.isoformat(), "to": day.isoformat(), "kind": "holiday"}
    assert api.as_(doctor).post(f"/providers/{doctor.id}/exceptions", body).status == 201
    days.take(unit, before, days.Busy.of(Slot(1, 2, Span(1, 2)), "appointment", str(uuid.uuid4())))
    with pytest.raises(Conflicted):
        unit.commit()


@pytest.mark.parametrize(
    "body",
    [
        {"from": "2020-01-01", "to": "2020-01-02", "kind": "vacation"},
        {"from": "2030-01-02", "to": "2030-01-01", "kind": "vacation"},
        {"from": "2030-01-02", "to": "2032-01-01", "kind": "vacation"},
        {"from": "soon", "to": "2030-01-01", "kind": "vacation"},
        {"from": "2030-01-01T10:00:30", "to": "2030-01-02", "kind": "vacation"},
        {"from": "2030-01-01", "to": "2030-01-01", "kind": "strike"},
        {"from": "2030-01-01", "to": "2030-01-01", "kind": "special_hours"},
        {"from": "2030-01-01", "to": "2030-01-01", "kind": "holiday", "hours": []},
        {"from": "2030-01-01T10:00", "to": "2030-01-01", "kind": "special_hours", "hours": []},
    ],
)
def test_what_is_not_valid(api, practice, body) -> None:
    refused(api.as_(practice.doctor).post(f"{practice.path}/exceptions", body), 400, "VALIDATION_ERROR")


def test_nobody_else(api, practice) -> None:
    body = {"from": "2030-01-01", "to": "2030-01-02", "kind": "vacation"}
    path = f"{practice.path}/exceptions"
    refused(api.as_(practice.other).post(path, body), 403, "NOT_YOUR_SCHEDULE")
    for who in (practice.patient, practice.nurse):
        refused(api.as_(who).post(path, body), 403, "ROLE_NOT_ALLOWED")
    missing = f"/providers/{uuid.uuid4()}/exceptions"
    refused(api.as_(practice.admin).post(missing, body), 404, "PROVIDER_NOT_FOUND")


def test_at_most_so_many(api, doctor) -> None:
    """Closures are read with every look at slots, so their number has an end."""
    me = api.as_(doctor)
    first = datetime.now(UTC).date() + timedelta(days=10)
    holidays = [{"date": (first + timedelta(days=n)).isoformat()} for n in range(202)]
    for n in range(0, 180, 60):
        assert me.put("/doctor/slot-management", {"holidays": holidays[n : n + 60]}).status == 200
    refused(me.put("/doctor/slot-management", {"holidays": holidays[180:]}), 400, "VALIDATION_ERROR")
    assert me.put(f"/providers/{doctor.id}/availability", hours()).status == 200
