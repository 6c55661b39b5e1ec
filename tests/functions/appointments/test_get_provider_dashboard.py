"""GET /provider/dashboard."""

from datetime import timedelta

from tests.client import refused
from tests.functions.appointments.conftest import begins_in, open_practice


def test_figures_follow_what_happens(api, world) -> None:
    clinic, first, second = open_practice(world), world.patient(), world.patient()
    doctor = api.as_(clinic.doctor)
    empty = doctor.get("/provider/dashboard")
    assert (empty.status, empty["upcomingAppointments"], empty["nextAppointment"]) == (200, 0, None)
    assert empty.trips == 2
    made = [clinic.booked(who) for who in (first, first, second, second)]
    api.as_(second).delete(f"/appointments/{made[3]['id']}")
    begins_in(world, made[0], -timedelta(hours=1))
    doctor.put(f"/appointments/{made[0]['id']}", {"status": "completed"})
    begins_in(world, made[1], -timedelta(hours=1))
    doctor.put(f"/appointments/{made[1]['id']}", {"status": "no_show"})
    figures = doctor.get("/provider/dashboard")
    assert figures.trips == 3
    shown = ("upcoming", "completed", "cancelled", "noShow", "pending", "today")
    assert [figures[f"{name}Appointments"] for name in shown] == [1, 1, 1, 1, 0, 0]
    assert (figures["totalClients"], figures["nextAppointment"]["id"]) == (2, made[2]["id"])


def test_for_staff(api, patient) -> None:
    refused(api.as_(patient).get("/provider/dashboard"), 403, "ROLE_NOT_ALLOWED")
