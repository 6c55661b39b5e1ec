"""PUT /providers/{providerId}/availability."""

import uuid
from datetime import timedelta

import pytest

from tests.client import refused
from tests.functions.providers.conftest import book, hours, slots, workday


def test_hours_make_slots(api, practice, doctor) -> None:
    me, path, day = api.as_(doctor), f"/providers/{doctor.id}/availability", workday()
    answer = me.put(path, hours(start="1:00 PM", end="15:00", slotMinutes=45, bufferMinutes=10))
    assert (answer.status, answer.trips <= 2) == (200, True)
    assert slots(api, practice.patient, doctor, day) == ["01:00 PM", "01:45 PM", "02:30 PM"]
    assert slots(api, practice.patient, doctor, day + timedelta(days=5 - day.weekday())) == []
    # What is left out stays; an administrator may, too.
    answer = api.as_(practice.admin).put(path, {"slotMinutes": 60})
    assert (answer["bufferMinutes"], answer["slotMinutes"], answer["version"]) == (10, 60, 4)
    assert me.put(path, {"slotMinutes": 60})["version"] == 4


def test_rules_with_dates_and_every_other_week(api, practice, doctor) -> None:
    day = workday()
    first = {"dayOfWeek": "Monday", "startTime": "09:00", "endTime": "10:00", "validFrom": day.isoformat()}
    every = first | {"everyWeeks": 2, "validUntil": (day + timedelta(days=30)).isoformat()}
    assert api.as_(doctor).put(f"/providers/{doctor.id}/availability", {"weekly": [every]}).status == 200
    for weeks, free in ((-1, False), (0, True), (1, False), (2, True), (6, False)):
        found = slots(api, practice.patient, doctor, day + timedelta(weeks=weeks))
        assert bool(found) == free, weeks


def test_hours_of_a_location(api, practice, doctor) -> None:
    me, path = api.as_(doctor), f"/providers/{doctor.id}/availability"
    place = {"address": "1 A St", "city": "Salem", "state": "MA", "zipCode": "01970"}
    here = me.put("/providers/me", {"locations": [place]})["locations"][0]["id"]
    window = hours(days=("monday",))["weekly"][0]
    assert me.put(path, {"weekly": [window | {"locationId": here}]}).status == 200
    day = workday()
    found = api.as_(practice.patient).get(
        f"/providers/{doctor.id}/available-slots?date={day - timedelta(days=day.weekday())}"
    )
    assert {slot["locationId"] for slot in found["details"]} == {here}
    refused(me.put(path, {"weekly": [window | {"locationId": str(uuid.uuid4())}]}), 400, "VALIDATION_ERROR")


def test_a_zone_stays_while_somebody_is_booked(api, practice, doctor) -> None:
    me, path = api.as_(doctor), f"/providers/{doctor.id}/availability"
    assert me.put(path, {"timeZone": "America/Chicago"})["timeZone"] == "America/Chicago"
    book(api, practice.patient, doctor, workday())
    refused(me.put(path, {"timeZone": "America/Denver"}), 409, "TIME_ZONE_IN_USE")
    assert me.put(path, {"timeZone": "America/Chicago", "slotMinutes": 15}).status == 200


def test_a_stale_version(api, doctor) -> None:
    me, path = api.as_(doctor), f"/providers/{doctor.id}/availability"
    version = me.get(path)["version"]
    assert me.put(path, {"slotMinutes": 20, "version": version})["version"] == version + 1
    refused(me.put(path, {"slotMinutes": 25, "version": version}), 409, "STALE_RECORD")


@pytest.mark.parametrize(
    "body",
    [
        {"timeZone": "Mars/Olympus"}, {"slotMinutes": 4}, {"bufferMinutes": -1},
        {"weekly": [{"dayOfWeek": "someday", "startTime": "09:00", "endTime": "10:00"}]},
        {"weekly": [{"dayOfWeek": "monday", "startTime": "10:00", "endTime": "09:00"}]},
        {"weekly": [{"dayOfWeek": "monday", "startTime": "25:00", "endTime": "26:00"}]},
        {"weekly": [{"dayOfWeek": "monday", "startTime": "09:00", "endTime": "24:01"}]},
        {"weekly": [{"dayOfWeek": "monday", "startTime": "09:00", "endTime": "10:00", "everyWeeks": 2}]},
        {"weekly": [{"dayOfWeek": "monday", "startTime": "09:00", "endTime": "11:00"},
                    {"dayOfWeek": "monday", "startTime": "10:00", "endTime": "12:00"}]},
    ],
)  # fmt: skip
def test_what_is_not_valid(api, practice, body) -> None:
    answer = api.as_(practice.doctor).put(f"{practice.path}/availability", body)
    refused(answer, 400, "VALIDATION_ERROR")


def test_nobody_else(api, practice) -> None:
    path = f"{practice.path}/availability"
    refused(api.as_(practice.other).put(path, {"slotMinutes": 20}), 403, "NOT_YOUR_SCHEDULE")
    for who in (practice.patient, practice.nurse):
        refused(api.as_(who).put(path, {"slotMinutes": 20}), 403, "ROLE_NOT_ALLOWED")
    missing = f"/providers/{uuid.uuid4()}/availability"
    refused(api.as_(practice.admin).put(missing, {"slotMinutes": 20}), 404, "PROVIDER_NOT_FOUND")
