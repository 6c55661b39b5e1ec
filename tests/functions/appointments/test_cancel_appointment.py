"""DELETE and POST /appointments/{appointmentId}/cancel."""

from datetime import timedelta

import pytest

from tests.client import refused
from tests.functions.appointments.conftest import begins_in, busy, open_practice, rewind, service

WHY = {"reason": "Feeling better, no longer needed"}


@pytest.mark.parametrize("method", ["DELETE", "POST"])
def test_it_is_cancelled(api, world, practice, method) -> None:
    patient = world.patient()
    made = practice.booked(patient)
    answer = api.as_(patient).call(method, f"/appointments/{made['id']}/cancel", json=WHY)
    assert answer.status == 200, answer
    assert answer["message"] == "Appointment cancelled successfully"
    assert (answer["id"], answer["status"], answer["cancellationReason"]) == (made["id"], "cancelled", WHY["reason"])
    assert answer["cancelledAt"]
    assert made["id"] not in [b.ref_id for b in busy(world, practice.doctor.id, made["date"])]
    # The visit was why the doctor could open the record.
    refused(api.as_(practice.doctor).get(f"/patients/{patient.patient_id}"), 404, "NOT_FOUND")
    refused(api.as_(patient).call(method, f"/appointments/{made['id']}/cancel", json=WHY), 422, "APPOINTMENT_CLOSED")
    assert practice.book(world.patient(), date=made["date"], time=made["time"]).status == 201


def test_one_of_two_visits_keeps_access(api, world, practice) -> None:
    patient = world.patient()
    first, _ = practice.booked(patient), practice.booked(patient)
    api.as_(patient).post(f"/appointments/{first['id']}/cancel", WHY)
    assert api.as_(practice.doctor).get(f"/patients/{patient.patient_id}").status == 200


def test_the_reason_is_required(api, practice, patient) -> None:
    made = practice.booked(patient)
    path = f"/appointments/{made['id']}/cancel"
    refused(api.as_(patient).post(path, {}), 400, "VALIDATION_ERROR")
    refused(api.as_(patient).post(path, {"reason": "too short"}), 400, "VALIDATION_ERROR")
    refused(api.as_(patient).post(path, WHY | {"waiveFee": True}), 400, "VALIDATION_ERROR")


def test_not_once_it_has_begun(api, world, practice, patient) -> None:
    made = practice.booked(patient)
    begins_in(world, made, -timedelta(seconds=1))
    refused(api.as_(patient).post(f"/appointments/{made['id']}/cancel", WHY), 422, "APPOINTMENT_CLOSED")


@pytest.fixture(scope="module")
def clinic(world):
    return open_practice(world, services=[service()])


@pytest.mark.parametrize(
    ("left", "fee", "refund"),
    [
        (timedelta(hours=24, minutes=1), 0.0, 200.0),
        (timedelta(hours=23, minutes=59), 100.0, 100.0),
        (timedelta(hours=1, minutes=59), 200.0, 0.0),
    ],
)
def test_what_it_costs_follows_the_policy(api, world, clinic, left, fee, refund) -> None:
    from datetime import UTC, datetime

    from shared.scheduling.booking.documents import ChargeRequest

    patient = world.patient()
    made = clinic.booked(patient, type="Stress test")
    begins_in(world, made, left)
    rewind(world, made["id"], paid_at=datetime.now(UTC))
    seen = api.as_(patient).get(f"/appointments/{made['id']}/cancellation-preview")
    answer = api.as_(patient).post(f"/appointments/{made['id']}/cancel", WHY)
    assert (answer["fee"], answer["refund"], answer["currency"]) == (fee, refund, "USD")
    assert (seen["fee"], seen["refund"]) == (fee, refund)
    asked = world.cloud.unit().get(ChargeRequest, f"{made['id']}_cancellation")
    assert (asked.fee_cents, asked.refund_cents, asked.state) == (fee * 100, refund * 100, "open")


def test_staff_cancel_for_nothing_or_waive_with_a_reason(api, world, clinic) -> None:
    from shared.scheduling.booking.documents import ChargeRequest

    patient = world.patient()
    doctor = api.as_(clinic.doctor)
    free, owed, waived = (clinic.booked(patient, type="Stress test") for _ in range(3))
    for made in (free, owed, waived):
        begins_in(world, made, timedelta(hours=1))
    assert doctor.post(f"/appointments/{free['id']}/cancel", WHY)["fee"] == 0
    wish = WHY | {"requestedBy": "patient"}
    assert doctor.post(f"/appointments/{owed['id']}/cancel", wish)["fee"] == 200
    waiver = wish | {"waiveFee": True, "waiverReason": "A death in the family"}
    refused(api.as_(patient).post(f"/appointments/{waived['id']}/cancel", waiver), 403, "ROLE_NOT_ALLOWED")
    assert doctor.post(f"/appointments/{waived['id']}/cancel", waiver)["fee"] == 0
    kept = world.cloud.unit().get(ChargeRequest, f"{waived['id']}_cancellation")
    assert (kept.waived_by, kept.waiver_reason) == (clinic.doctor.id, "A death in the family")
    log = api.as_(patient).get(f"/patients/{patient.patient_id}/access-log?limit=5")
    assert log["data"][0]["userId"] == clinic.doctor.id


def test_who_may(api, world, practice, patient, stranger) -> None:
    made = practice.booked(patient)
    family = world.family()
    world.grant_family(patient.patient_id, family, by=patient, scopes=["appointments"])
    refused(api.as_(family).post(f"/appointments/{made['id']}/cancel", WHY), 403, "SCOPE_NOT_GRANTED")
    refused(api.as_(stranger).post(f"/appointments/{made['id']}/cancel", WHY), 404, "NOT_FOUND")
