"""GET /client/appointments, /user/my-appointments."""

from tests.client import refused


def test_ones_own_as_a_bare_array(api, world, practice) -> None:
    patient = world.patient()
    made = [practice.booked(patient) for _ in range(2)]
    api.as_(patient).delete(f"/appointments/{made[0]['id']}")
    upcoming = api.as_(patient).get("/client/appointments?status=upcoming")
    assert (upcoming.status, upcoming.trips) == (200, 3)
    assert [row["id"] for row in upcoming.json] == [made[1]["id"]]
    assert upcoming.json[0]["clientId"] == patient.patient_id
    both = api.as_(patient).get("/user/my-appointments")
    assert {row["id"] for row in both.json} == {row["id"] for row in made}
    assert both.headers["X-Total-Count"] == "2"
    by_doctor = f"/user/my-appointments?providerId={practice.doctor.id}&startDate={made[1]['date']}"
    assert made[1]["id"] in [row["id"] for row in api.as_(patient).get(by_doctor).json]
    assert api.as_(patient).get("/client/appointments?status=completed").json == []


def test_for_patients_only(api, practice) -> None:
    refused(api.as_(practice.doctor).get("/client/appointments"), 403, "ROLE_NOT_ALLOWED")
