"""GET /client/dashboard."""

from tests.client import refused


def test_figures_follow_what_happens(api, world, practice) -> None:
    patient = world.patient()
    made = [practice.booked(patient) for _ in range(3)]
    api.as_(patient).delete(f"/appointments/{made[0]['id']}")
    answer = api.as_(patient).get("/client/dashboard")
    assert (answer.status, answer.trips) == (200, 3)
    assert (answer["upcomingAppointments"], answer["cancelledAppointments"]) == (2, 1)
    assert (answer["completedAppointments"], answer["pendingAppointments"]) == (0, 0)
    assert answer["nextAppointment"]["id"] == min(made[1:], key=lambda a: a["startsAt"])["id"]
    refused(api.as_(practice.doctor).get("/client/dashboard"), 403, "ROLE_NOT_ALLOWED")
