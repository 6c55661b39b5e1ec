"""POST /providers/{providerId}/exceptions/{exceptionId}/rebook."""

import uuid

from tests.client import refused
from tests.functions.providers.conftest import book, slots, workday


def test_moved_to_the_proposed_slots_and_to_a_chosen_one(api, world, doctor) -> None:
    me, path, day = api.as_(doctor), f"/providers/{doctor.id}/exceptions", workday()
    patients = [world.patient() for _ in range(3)]
    times = ("09:00 AM", "09:30 AM", "10:00 AM")
    visits = [book(api, p, doctor, day, time)["id"] for p, time in zip(patients, times, strict=True)]
    made = me.post(path, {"from": day.isoformat(), "to": day.isoformat(), "kind": "vacation"})
    proposed = {a["appointmentId"]: a["proposal"] for a in made["affected"]}
    chosen = {"appointmentId": visits[1], "date": workday(3).isoformat(), "time": "11:30 AM"}
    answer = me.post(f"{path}/{made['id']}/rebook", {"appointments": [{"appointmentId": visits[0]}, chosen]})
    assert (answer.status, answer.trips, answer["left"]) == (200, 3, 1)
    first, second = answer["moved"]
    assert (first["date"], first["time"]) == (proposed[visits[0]]["date"], "09:00 AM")
    assert (second["date"], second["time"]) == (workday(3).isoformat(), "11:30 AM")
    shown = api.as_(patients[1]).get(f"/appointments/{visits[1]}")
    assert (shown["date"], shown["time"], shown["status"]) == (workday(3).isoformat(), "11:30 AM", "scheduled")
    assert "11:30 AM" not in slots(api, doctor, doctor, workday(3))
    left = me.get(f"{path}/{made['id']}")["affected"]
    assert [a["appointmentId"] for a in left] == [visits[2]]


def test_all_or_none(api, world, doctor) -> None:
    me, path, day = api.as_(doctor), f"/providers/{doctor.id}/exceptions", workday()
    visits = [book(api, world.patient(), doctor, day, time)["id"] for time in ("09:00 AM", "09:30 AM")]
    book(api, world.patient(), doctor, workday(1), "11:00 AM")
    made = me.post(path, {"from": day.isoformat(), "to": day.isoformat(), "kind": "vacation"})
    taken = {"appointmentId": visits[1], "date": workday(1).isoformat(), "time": "11:00 AM"}
    body = {"appointments": [{"appointmentId": visits[0]}, taken]}
    refused(me.post(f"{path}/{made['id']}/rebook", body), 409, "SLOT_NOT_AVAILABLE")
    assert len(me.get(f"{path}/{made['id']}")["affected"]) == 2


def test_what_is_not_inside(api, world, practice, doctor) -> None:
    me, path, day = api.as_(doctor), f"/providers/{doctor.id}/exceptions", workday()
    elsewhere = book(api, world.patient(), doctor, workday(1))["id"]
    made = me.post(path, {"from": day.isoformat(), "to": day.isoformat(), "kind": "vacation"})
    rebook = f"{path}/{made['id']}/rebook"
    for wrong in (elsewhere, str(uuid.uuid4())):
        refused(me.post(rebook, {"appointments": [{"appointmentId": wrong}]}), 400, "VALIDATION_ERROR")
    for body in ({}, {"appointments": []}, {"appointments": [{"appointmentId": elsewhere, "date": "2030-01-01"}]},
                 {"appointments": [{"appointmentId": elsewhere}, {"appointmentId": elsewhere}]}):  # fmt: skip
        refused(me.post(rebook, body), 400, "VALIDATION_ERROR")


def test_one_that_has_been_checked_in_stays(api, cloud, world, doctor) -> None:
    from shared.scheduling.booking.documents import Appointment, Status

    me, path, day = api.as_(doctor), f"/providers/{doctor.id}/exceptions", workday()
    visit = book(api, world.patient(), doctor, day)["id"]
    made = me.post(path, {"from": day.isoformat(), "to": day.isoformat(), "kind": "vacation"})
    unit = cloud.unit()
    unit.update(unit.get(Appointment, visit), status=Status.CHECKED_IN)
    unit.commit()
    body = {"appointments": [{"appointmentId": visit}]}
    refused(me.post(f"{path}/{made['id']}/rebook", body), 422, "APPOINTMENT_CLOSED")


def test_nobody_else(api, practice) -> None:
    some = uuid.uuid4()
    body = {"appointments": [{"appointmentId": str(some)}]}
    path = f"{practice.path}/exceptions/{some}/rebook"
    refused(api.as_(practice.doctor).post(path, body), 404, "NOT_FOUND")
    refused(api.as_(practice.other).post(path, body), 403, "NOT_YOUR_SCHEDULE")
    refused(api.as_(practice.patient).post(path, body), 403, "ROLE_NOT_ALLOWED")
    refused(
        api.as_(practice.admin).post(f"/providers/{some}/exceptions/{some}/rebook", body), 404, "PROVIDER_NOT_FOUND"
    )
