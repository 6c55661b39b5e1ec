"""PATCH /appointments/{appointmentId}."""

from datetime import timedelta

from tests.client import refused
from tests.functions.appointments.conftest import begins_in, open_practice, service


def test_a_date_or_time_moves_it(api, world, practice) -> None:
    patient = world.patient()
    made = practice.booked(patient)
    when = practice.slot()
    moved = api.as_(patient).patch(f"/appointments/{made['id']}", when)
    assert (moved.status, moved["date"]) == (200, when["date"])
    clinic = open_practice(world)
    made = clinic.booked(patient, date=clinic.day(6), time="10:00")
    later = api.as_(patient).patch(f"/appointments/{made['id']}", {"time": "3:30 PM"})
    assert (later["date"], later["time"]) == (clinic.day(6), "03:30 PM")
    next_day = api.as_(patient).patch(f"/appointments/{made['id']}", {"date": clinic.day(7)})
    assert (next_day["date"], next_day["time"], next_day["sequence"]) == (clinic.day(7), "03:30 PM", 2)
    clinic.booked(world.patient(), date=clinic.day(8), time="15:30")
    taken = api.as_(patient).patch(f"/appointments/{made['id']}", {"date": clinic.day(8)})
    refused(taken, 409, "SLOT_NOT_AVAILABLE")


def test_a_status_confirms_or_cancels_it(api, world, practice, patient) -> None:
    made = practice.booked(patient)
    caller, path = api.as_(patient), f"/appointments/{made['id']}"
    assert caller.patch(path, {"status": "confirmed"})["status"] == "confirmed"
    refused(caller.patch(path, {"status": "completed"}), 403, "SCOPE_NOT_GRANTED")
    refused(api.as_(practice.doctor).patch(path, {"status": "completed"}), 409, "STATUS_NOT_ALLOWED")
    off = caller.patch(path, {"status": "cancelled", "reason": "I found another doctor"})
    assert (off["status"], off["cancellationReason"]) == ("cancelled", "I found another doctor")
    assert off["reason"] == made["reason"]
    refused(caller.patch(path, {"status": "confirmed"}), 409, "STATUS_NOT_ALLOWED")
    refused(caller.patch(path, {"notes": "Anything"}), 422, "APPOINTMENT_CLOSED")


def test_what_is_written_on_it(api, practice, patient) -> None:
    made = practice.booked(patient)
    body = {"notes": "Wheelchair", "reason": "A pain in the left knee", "treatmentTypes": ["imaging"]}
    changed = api.as_(patient).patch(f"/appointments/{made['id']}", body)
    assert {name: changed[name] for name in body} == body
    assert changed["sequence"] == 0
    path = f"/appointments/{made['id']}"
    refused(api.as_(patient).patch(path, {}), 400, "VALIDATION_ERROR")
    refused(api.as_(patient).patch(path, {"status": "cancelled", "time": "10:00"}), 400, "VALIDATION_ERROR")


def test_patients_do_not_confirm_what_waits_for_money(api, world) -> None:
    clinic, patient = open_practice(world, services=[service(prepaid=True)]), world.patient()
    made = clinic.booked(patient, type="Stress test")
    path = f"/appointments/{made['id']}"
    refused(api.as_(patient).patch(path, {"status": "confirmed"}), 403, "SCOPE_NOT_GRANTED")
    assert api.as_(clinic.doctor).patch(path, {"status": "scheduled"})["status"] == "scheduled"


def test_not_when_it_is_near(api, world, practice, patient) -> None:
    made = practice.booked(patient)
    begins_in(world, made, timedelta(minutes=90))
    refused(api.as_(patient).patch(f"/appointments/{made['id']}", practice.slot()), 422, "TOO_LATE_TO_RESCHEDULE")


def test_strangers(api, practice, patient, stranger) -> None:
    made = practice.booked(patient)
    refused(api.as_(stranger).patch(f"/appointments/{made['id']}", {"notes": "x"}), 404, "NOT_FOUND")
