"""PUT /providers/{providerId}/availability."""

import uuid
from datetime import timedelta

import pytest

from tests.client import refused
from tests.functions.providers.conftest import book, hours, slots, workday


def test_hours_make_slots(api, practice, doctor) -> None:
    me, path, day = api.as_(doctor), f"/providers/{doctor.id}/availability", workday()
    answer = me.put(path, hours(start="1:00 PM", end="15:00", slotMinutes=45, bufferMinutes=10))
    assert (answer.status, answer.trips) == (200, 3)
    assert slots(api, practice.patient, doctor, day) == ["01:00 PM", "01:45 PM", "02:30 PM"]
    assert slots(api, practice.patient, doctor, day + timedelta(days=5 - day.weekday())) == []
    # What is left out stays; an administrator may, too.
    answer = api.as_(practice.admin).put(path, {"slotMinutes": 60})
    assert answer.trips == 2
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


def test_where_it_is_another_day(api, doctor) -> None:
    """26 hours apart, so that the dates differ at any time: days of both zones are read at once."""
    path = f"/providers/{doctor.id}/availability"
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Pacific/Kiritimati"):
        answer = api.as_(doctor).put(path, hours() | {"timeZone": zone})
        assert (answer["timeZone"], answer.trips) == (zone, 3)


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


CHANGES = {
    "hours": ("availability", "put", {"weekly": hours(end="10:00")["weekly"]}),
    "exception": (
        "exceptions", "post", {"from": workday().isoformat(), "to": workday().isoformat(), "kind": "vacation"}
    ),
    "zone": ("availability", "put", {"timeZone": "America/Los_Angeles"}),
}  # fmt: skip


@pytest.mark.parametrize("change", list(CHANGES))
@pytest.mark.parametrize("when", ["before the day is read", "before the commit"])
def test_a_booking_under_way_sees_the_change(api, world, doctor, monkeypatch, change, when) -> None:
    """The rules change after a booking has read them: before it reads the day, or before it commits."""
    from shared.scheduling.booking import making

    name = "access_patient" if when == "before the day is read" else "occupy"
    real, done = getattr(making, name), []
    path, verb, body = CHANGES[change]

    def interrupted(*args, **kwargs):
        if not done:
            done.append(getattr(api.as_(doctor), verb)(f"/providers/{doctor.id}/{path}", body))
            assert done[0].status in {200, 201}, done[0]
        return real(*args, **kwargs)

    monkeypatch.setattr(making, name, interrupted)
    patient = world.patient()
    wanted = {"providerId": doctor.id, "date": workday().isoformat(), "time": "10:30 AM", "type": "consultation"}
    answer = api.as_(patient).post("/appointments", wanted | {"reason": "A visit that a test needs"})
    assert done
    if change == "zone":
        # It is booked, at that time of the new zone.
        assert (answer.status, answer["timeZone"], answer["time"]) == (201, "America/Los_Angeles", "10:30 AM")
    else:
        refused(answer, 409, "SLOT_NOT_AVAILABLE")


def test_nothing_is_booked_outside_without_being_listed(api, world, doctor) -> None:
    """Patients take the slots of a day while its hours are cut."""
    from concurrent.futures import ThreadPoolExecutor

    me, day = api.as_(doctor), workday()
    patients = [world.patient() for _ in range(6)]
    times = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30")

    def take(who, time):
        body = {"providerId": doctor.id, "date": day.isoformat(), "time": time, "type": "consultation"}
        return api.as_(who).post("/appointments", body | {"reason": "A visit that a test needs"})

    with ThreadPoolExecutor(7) as pool:
        taken = [pool.submit(take, who, time) for who, time in zip(patients, times, strict=True)]
        cut = pool.submit(me.put, f"/providers/{doctor.id}/availability", {"weekly": hours(end="10:00")["weekly"]})
    assert cut.result().status == 200, cut.result()
    booked = [answer.result() for answer in taken]
    assert {answer.status for answer in booked} <= {201, 409}
    outside = {b["id"] for b, time in zip(booked, times, strict=True) if b.status == 201 and time >= "10:00"}
    assert {a["appointmentId"] for a in cut.result()["affected"]} == outside
    assert [b.status for b in booked[:2]] == [201, 201]


def test_more_time_has_nobody_look_again(api, cloud, doctor) -> None:
    """Only days that lose hours are written."""
    me, path = api.as_(doctor), f"/providers/{doctor.id}/availability"
    more = me.put(path, {"weekly": hours(end="17:00")["weekly"]})
    assert (more.status, more["affected"]) == (200, [])
    assert more.writes < 10
    assert me.put(path, {"weekly": hours(start="10:00", end="17:00")["weekly"]}).writes > 100
