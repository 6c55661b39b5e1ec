"""DELETE /appointments/{appointmentId}."""

from tests.client import refused
from tests.functions.appointments.conftest import stored


def test_with_and_without_a_reason(api, world, practice, patient) -> None:
    first, second = practice.booked(patient), practice.booked(patient)
    answer = api.as_(patient).delete(f"/appointments/{first['id']}")
    assert (answer.status, answer["message"]) == (200, "Appointment cancelled successfully")
    answer = api.as_(patient).delete(f"/appointments/{second['id']}", json={"reason": "I am feeling fine again"})
    assert answer["cancellationReason"] == "I am feeling fine again"
    assert stored(world, first["id"]).status == "cancelled"
    refused(api.as_(patient).delete(f"/appointments/{first['id']}"), 422, "APPOINTMENT_CLOSED")


def test_who_may(api, world, practice, patient, stranger) -> None:
    made = practice.booked(patient)
    family = world.family()
    world.grant_family(patient.patient_id, family, by=patient, scopes=["appointments"])
    refused(api.as_(family).delete(f"/appointments/{made['id']}"), 403, "SCOPE_NOT_GRANTED")
    refused(api.as_(stranger).delete(f"/appointments/{made['id']}"), 404, "NOT_FOUND")
