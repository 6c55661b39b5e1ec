"""GET /provider/appointments, /doctor/appointments."""

from tests.client import refused
from tests.functions.appointments.conftest import open_practice


def test_a_day_as_a_bare_array(api, world, patient) -> None:
    clinic = open_practice(world)
    made = [clinic.booked(patient, date=clinic.day(6), time=time) for time in ("14:00", "09:00")]
    other = clinic.booked(patient, date=clinic.day(7), time="09:00")
    confirmed = api.as_(patient).patch(f"/appointments/{other['id']}", {"status": "confirmed"})
    assert confirmed.status == 200, confirmed
    doctor = api.as_(clinic.doctor)
    answer = doctor.get(f"/provider/appointments?date={clinic.day(6)}")
    assert (answer.status, answer.trips) == (200, 3)
    assert [row["id"] for row in answer.json] == [made[1]["id"], made[0]["id"]]
    assert (answer.headers["X-Total-Count"], answer.headers["X-Page"]) == ("2", "1")
    assert [r["id"] for r in doctor.get("/doctor/appointments?status=confirmed").json] == [other["id"]]
    assert len(doctor.get("/doctor/appointments?status=upcoming").json) == 3
    assert doctor.get(f"/provider/appointments?date={clinic.day(8)}&status=pending").json == []


def test_for_staff_only(api, patient) -> None:
    refused(api.as_(patient).get("/provider/appointments"), 403, "ROLE_NOT_ALLOWED")
