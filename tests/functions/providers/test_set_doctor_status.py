"""PUT /doctor/availability (seed 002: working hours, vacation mode, emergency unavailability)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.client import refused
from tests.functions.providers.conftest import ZONE, book, hours, slots, workday

PATH = "/doctor/availability"


def test_going_and_coming_back(api, world, doctor) -> None:
    me, day = api.as_(doctor), workday()
    visit = book(api, world.patient(), doctor, day)["id"]
    answer = me.put(PATH, {"status": "vacation", "to": workday(4).isoformat(), "reason": "Skiing"})
    assert (answer.status, answer.trips, answer["status"], answer["isAvailable"]) == (200, 3, "vacation", False)
    assert [a["appointmentId"] for a in answer["affected"]] == [visit]
    assert slots(api, doctor, doctor, day) == []
    # Said again with another end, it takes the place of what was said before.
    answer = me.put(PATH, {"isAvailable": False, "to": day.isoformat()})
    assert (answer["status"], slots(api, doctor, doctor, workday(1)) != []) == ("unavailable", True)
    back = me.put(PATH, {"status": "available"})
    assert (back["status"], back["isAvailable"], back["until"], back["affected"]) == ("available", True, None, [])
    assert slots(api, doctor, doctor, day) != []


def test_an_emergency_lasts_to_the_end_of_the_day(api, doctor) -> None:
    here = ZoneInfo(ZONE)
    today = datetime.now(here).date()
    answer = api.as_(doctor).put(PATH, {"status": "emergency", "reason": "Flood"})
    assert (answer["status"], answer["isAvailable"]) == ("emergency", False)
    until = datetime.fromisoformat(answer["until"]).astimezone(here)
    assert until.time() == time(0)
    # The test may run over midnight.
    assert today < until.date() <= datetime.now(here).date() + timedelta(days=1)


def test_hours_and_new_patients(api, doctor, practice) -> None:
    hours = [{"dayOfWeek": "monday", "startTime": "08:00 AM", "endTime": "09:00 AM"}]
    answer = api.as_(doctor).put(PATH, {"acceptingNewPatients": False, "workingHours": hours})
    assert (answer["acceptingNewPatients"], answer["availability"]["weekly"][0]["startTime"]) == (False, "08:00")
    assert api.as_(practice.patient).get(f"/providers/{doctor.id}")["acceptingNewPatients"] is False


@pytest.mark.parametrize(
    "body",
    [
        {}, {"status": "vacation"}, {"status": "available", "isAvailable": False}, {"status": "asleep"},
        {"status": "unavailable", "to": "2020-01-01"},
    ],
)  # fmt: skip
def test_what_is_not_valid(api, practice, body) -> None:
    refused(api.as_(practice.doctor).put(PATH, body), 400, "VALIDATION_ERROR")


def test_only_doctors(api, practice) -> None:
    refused(api.put(PATH, {"status": "available"}), 401, "TOKEN_MISSING")
    for who in (practice.patient, practice.nurse, practice.admin):
        refused(api.as_(who).put(PATH, {"status": "available"}), 403, "ROLE_NOT_ALLOWED")


def test_working_hours_list_whom_they_leave_outside(api, world, doctor) -> None:
    me, day = api.as_(doctor), workday()
    visit = book(api, world.patient(), doctor, day, "11:30 AM")["id"]
    inside = book(api, world.patient(), doctor, workday(1), "09:00 AM")["id"]
    closed = {"status": "vacation", "from": workday(1).isoformat(), "to": workday(1).isoformat()}
    answer = me.put("/doctor/availability", {"workingHours": hours(end="11:00")["weekly"]} | closed)
    assert (answer.status, answer.trips) == (200, 3), answer
    assert [a["appointmentId"] for a in answer["affected"]] == [visit, inside]
