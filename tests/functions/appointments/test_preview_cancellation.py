"""GET /appointments/{appointmentId}/cancellation-preview. What it says is compared in test_cancel_appointment."""

from datetime import timedelta

from tests.client import refused
from tests.functions.appointments.conftest import begins_in


def test_what_it_would_cost(api, world, practice, patient, stranger) -> None:
    made = practice.booked(patient)
    path = f"/appointments/{made['id']}/cancellation-preview"
    answer = api.as_(patient).get(path)
    assert (answer.status, answer["canCancel"], answer["tier"]) == (200, True, {"hoursBefore": 24.0, "feePercent": 0})
    assert [tier["feePercent"] for tier in answer["tiers"]] == [0, 50, 100]
    assert (answer["amount"], answer["fee"]) == (None, None), "nobody has set a price"
    begins_in(world, made, -timedelta(hours=1))
    over = api.as_(patient).get(path)
    assert (over["canCancel"], over["hoursLeft"]) == (False, -1.0)
    refused(api.as_(stranger).get(path), 404, "NOT_FOUND")
    family = world.family()
    world.grant_family(patient.patient_id, family, by=patient, scopes=["appointments"])
    refused(api.as_(family).get(path), 403, "SCOPE_NOT_GRANTED")
