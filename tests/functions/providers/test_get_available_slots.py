"""GET /providers/{providerId}/available-slots (seed 004 §1.2)."""

from datetime import UTC, datetime, timedelta

from tests.client import refused
from tests.functions.providers.conftest import book, hours, slots, workday


def test_slots_in_both_zones(api, practice, doctor) -> None:
    day = workday()
    path = f"/providers/{doctor.id}/available-slots"
    answer = api.as_(practice.patient).get(path, params={"date": day.isoformat(), "timeZone": "Asia/Tokyo"})
    assert (answer.status, answer.trips, answer.headers["Cache-Control"]) == (200, 1, "private, max-age=60")
    assert (answer["date"], answer["providerId"], answer["duration"]) == (day.isoformat(), doctor.id, 30)
    assert answer["slots"] == ["09:00 AM", "09:30 AM", "10:00 AM", "10:30 AM", "11:00 AM", "11:30 AM"]
    first = answer["details"][0]
    assert (first["time"], first["viewerDate"], answer["viewerTimeZone"]) == (
        "09:00 AM", (day).isoformat(), "Asia/Tokyo",
    )  # fmt: skip
    assert first["viewerTime"] in {"10:00 PM", "11:00 PM"}
    assert first["startTime"].endswith("Z")


def test_the_viewers_zone_is_that_of_their_preferences(api, world, doctor) -> None:
    patient = world.patient()
    assert api.as_(patient).put("/users/me/preferences", {"timezone": "Europe/Madrid"}).status == 200
    answer = api.as_(patient).get(f"/providers/{doctor.id}/available-slots?date={workday()}")
    assert answer["viewerTimeZone"] == "Europe/Madrid"
    assert answer["details"][0]["viewerTime"] in {"03:00 PM", "02:00 PM"}


def test_duration_service_and_what_is_booked(api, practice, doctor) -> None:
    me, day = api.as_(doctor), workday()
    offered = [{"name": "Long", "durationMinutes": 60, "bufferBeforeMinutes": 30}]
    service = me.put("/providers/me", {"services": offered})["services"][0]["id"]
    assert slots(api, doctor, doctor, day, duration=90) == ["09:00 AM", "09:30 AM", "10:00 AM", "10:30 AM"]
    book(api, practice.patient, doctor, day, "10:00 AM")
    assert slots(api, doctor, doctor, day) == ["09:00 AM", "09:30 AM", "10:30 AM", "11:00 AM", "11:30 AM"]
    assert slots(api, doctor, doctor, day, serviceId=service) == ["09:00 AM", "11:00 AM"]
    assert slots(api, doctor, doctor, day, duration=60) == ["09:00 AM", "10:30 AM", "11:00 AM"]
    other = api.as_(doctor).get(f"/providers/{doctor.id}/available-slots?date={day}&serviceId={doctor.id}")
    refused(other, 400, "VALIDATION_ERROR")


def test_days_without_slots(api, practice, doctor) -> None:
    today = datetime.now(UTC).date()
    for day in (today - timedelta(days=3), today + timedelta(days=200)):
        assert slots(api, practice.patient, doctor, day) == []
    api.as_(doctor).put(f"/providers/{doctor.id}/availability", hours(minNoticeMinutes=43_200))
    assert slots(api, practice.patient, doctor, workday()) == []


def test_refusals(api, practice) -> None:
    path = f"{practice.path}/available-slots"
    refused(api.get(f"{path}?date=2027-01-15"), 401, "TOKEN_MISSING")
    me = api.as_(practice.patient)
    refused(me.get(path), 400, "VALIDATION_ERROR")
    refused(me.get(f"{path}?date=15.01.2027"), 400, "VALIDATION_ERROR")
    refused(me.get(f"{path}?date=2027-01-15&duration=1"), 400, "VALIDATION_ERROR")
    refused(me.get(f"/providers/{practice.nurse.id}/available-slots?date=2027-01-15"), 404, "PROVIDER_NOT_FOUND")
