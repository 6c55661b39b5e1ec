"""POST /providers/{providerId}/availability/rebook."""

import uuid

from tests.client import refused
from tests.functions.providers.conftest import book, hours, slots, workday


def test_moved_into_the_new_hours(api, world, doctor) -> None:
    me, path, day = api.as_(doctor), f"/providers/{doctor.id}/availability", workday()
    patients = [world.patient() for _ in range(3)]
    times = ("09:00 AM", "10:00 AM", "11:30 AM")
    visits = [book(api, p, doctor, day, time)["id"] for p, time in zip(patients, times, strict=True)]
    made = me.put(path, hours(start="11:00", end="15:00"))
    assert (made.status, made.trips) == (200, 3)
    assert [(a["appointmentId"], a["proposal"]["time"]) for a in made["affected"]] == [
        (visits[0], "11:00 AM"), (visits[1], "12:00 PM"),
    ]  # fmt: skip
    # Nothing has moved yet, and the same change said again offers the same.
    assert api.as_(patients[0]).get(f"/appointments/{visits[0]}")["time"] == "09:00 AM"
    assert me.put(path, hours(start="11:00", end="15:00"))["affected"] == made["affected"]
    body = {"appointments": [{"appointmentId": visits[0]}]}
    answer = me.post(f"{path}/rebook", body)
    assert (answer.status, answer.trips, answer["left"]) == (200, 3, 1)
    assert [(m["appointmentId"], m["date"], m["time"]) for m in answer["moved"]] == [
        (visits[0], day.isoformat(), "11:00 AM")
    ]
    assert api.as_(patients[0]).get(f"/appointments/{visits[0]}")["time"] == "11:00 AM"
    taken = {"appointmentId": visits[1], "date": day.isoformat(), "time": "11:30 AM"}
    refused(me.post(f"{path}/rebook", {"appointments": [taken]}), 409, "SLOT_NOT_AVAILABLE")
    answer = me.post(f"{path}/rebook", {"appointments": [taken | {"time": "2:00 PM"}]})
    assert (answer["moved"][0]["time"], answer["left"]) == ("02:00 PM", 0)
    assert "02:00 PM" not in slots(api, doctor, doctor, day)
    # What is inside the hours is not for this to move.
    refused(me.post(f"{path}/rebook", body), 400, "VALIDATION_ERROR")
    refused(me.post(f"{path}/rebook", {"appointments": []}), 400, "VALIDATION_ERROR")


def test_one_that_has_been_checked_in_stays(api, cloud, world, doctor) -> None:
    from shared.scheduling.booking.documents import Appointment, Status

    me, path = api.as_(doctor), f"/providers/{doctor.id}/availability"
    visit = book(api, world.patient(), doctor, workday())["id"]
    assert me.put(path, {"weekly": []})["affected"][0]["proposal"] is None
    unit = cloud.unit()
    unit.update(unit.get(Appointment, visit), status=Status.CHECKED_IN)
    unit.commit()
    to = {"appointmentId": visit, "date": workday(1).isoformat(), "time": "11:00"}
    refused(me.post(f"{path}/rebook", {"appointments": [to]}), 422, "APPOINTMENT_CLOSED")


def test_nobody_else(api, practice) -> None:
    body = {"appointments": [{"appointmentId": str(uuid.uuid4())}]}
    path = f"{practice.path}/availability/rebook"
    refused(api.as_(practice.other).post(path, body), 403, "NOT_YOUR_SCHEDULE")
    refused(api.as_(practice.patient).post(path, body), 403, "ROLE_NOT_ALLOWED")
    missing = f"/providers/{uuid.uuid4()}/availability/rebook"
    refused(api.as_(practice.admin).post(missing, body), 404, "PROVIDER_NOT_FOUND")
