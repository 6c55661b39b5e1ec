"""PUT /doctor/slot-management (seed 002: custom rules, buffer time, batch generation, holidays)."""

import pytest

from tests.client import refused
from tests.functions.providers.conftest import book, slots, workday

PATH = "/doctor/slot-management"


def test_a_recurring_schedule_in_one_call(api, world, doctor) -> None:
    me, day = api.as_(doctor), workday()
    holiday = workday(1)
    visit = book(api, world.patient(), doctor, holiday, "09:00 AM")["id"]
    body = {
        "slotMinutes": 20, "bufferMinutes": 5, "minNoticeMinutes": 120,
        "recurring": [{
            "daysOfWeek": ["monday", "tuesday", "wednesday"], "startTime": "09:00", "endTime": "11:00",
            "breaks": [{"startTime": "09:40", "endTime": "10:20"}],
        }],
        "holidays": [{"date": holiday.isoformat(), "name": "Founders' Day"}],
        "specialHours": [{"date": workday(4).isoformat(), "startTime": "1:00 PM", "endTime": "2:00 PM"}],
    }  # fmt: skip
    answer = me.put(PATH, body)
    assert (answer.status, answer.trips) == (200, 3)
    assert len(answer["availability"]["weekly"]) == 6
    assert [a["appointmentId"] for a in answer["affected"]] == [visit]
    assert [e["kind"] for e in answer["exceptions"]] == ["holiday", "special_hours"]
    assert slots(api, doctor, doctor, day, duration=20) == ["09:00 AM", "09:20 AM", "10:20 AM", "10:40 AM"]
    assert slots(api, doctor, doctor, holiday, duration=20) == []
    assert slots(api, doctor, doctor, workday(4), duration=20) == ["01:00 PM", "01:20 PM", "01:40 PM"]
    # Said again, nothing is made twice.
    again = me.put(PATH, body)
    assert (again["exceptions"], again["availability"]) == ([], answer["availability"])


def test_where_it_is_another_day(api, doctor) -> None:
    """26 hours apart, so that the dates differ at any time: days of both zones are read at once."""
    rule = {"daysOfWeek": ["monday"], "startTime": "09:00", "endTime": "11:00"}
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Pacific/Kiritimati"):
        answer = api.as_(doctor).put(PATH, {"timeZone": zone, "recurring": [rule]})
        assert (answer["availability"]["timeZone"], answer.trips) == (zone, 3)


def test_rules_that_fit_nothing(api, world, doctor) -> None:
    me = api.as_(doctor)
    version = me.put(PATH, {"slotMinutes": 15})["availability"]["version"]
    refused(me.put(PATH, {"slotMinutes": 25, "version": version - 1}), 409, "STALE_RECORD")
    book(api, world.patient(), doctor, workday())
    refused(me.put(PATH, {"timeZone": "Europe/Paris"}), 409, "TIME_ZONE_IN_USE")


@pytest.mark.parametrize(
    "body",
    [
        {"recurring": [{"daysOfWeek": [], "startTime": "09:00", "endTime": "10:00"}]},
        {"recurring": [{"daysOfWeek": ["monday"], "startTime": "09:00", "endTime": "10:00",
                        "breaks": [{"startTime": "09:30", "endTime": "10:30"}]}]},
        {"recurring": [{"daysOfWeek": ["monday"], "startTime": "09:00", "endTime": "10:00", "everyWeeks": 2}]},
        {"holidays": [{"date": "2020-01-01"}]}, {"holidays": [{"date": "Christmas"}]},
        {"specialHours": [{"date": "2030-01-01", "startTime": "10:00", "endTime": "09:00"}]},
    ],
)  # fmt: skip
def test_what_is_not_valid(api, practice, body) -> None:
    refused(api.as_(practice.doctor).put(PATH, body), 400, "VALIDATION_ERROR")


def test_only_doctors(api, practice) -> None:
    refused(api.put(PATH, {}), 401, "TOKEN_MISSING")
    for who in (practice.patient, practice.nurse, practice.admin):
        refused(api.as_(who).put(PATH, {}), 403, "ROLE_NOT_ALLOWED")


def test_recurring_hours_list_whom_they_leave_outside(api, world, doctor) -> None:
    me, day = api.as_(doctor), workday()
    visit = book(api, world.patient(), doctor, day, "11:30 AM")["id"]
    rule = {"daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"], "startTime": "09:00"}
    answer = me.put("/doctor/slot-management", {"recurring": [rule | {"endTime": "11:00"}]})
    assert (answer.status, answer.trips) == (200, 3), answer
    assert [(a["appointmentId"], a["proposal"]["time"]) for a in answer["affected"]] == [(visit, "09:00 AM")]
