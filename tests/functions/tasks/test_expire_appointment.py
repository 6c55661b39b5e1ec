"""The worker that ends what was not paid for."""

from datetime import UTC, datetime, timedelta

from shared.scheduling.booking.documents import ChargeRequest
from tests.functions.appointments.conftest import busy
from tests.functions.tasks.booked import open_practice, rewind, run, service, stored


def test_only_when_its_time_is_up_and_nobody_paid(api, cloud, world):
    clinic, patient = open_practice(world, services=[service(prepaid=True)]), world.patient()
    unpaid, paid = (clinic.booked(patient, type="Stress test") for _ in range(2))
    run(api, cloud, "expire_appointment", unpaid["id"])
    assert stored(world, unpaid["id"]).status == "pending", "there is time left"
    for made in (unpaid, paid):
        rewind(world, made["id"], expires_at=datetime.now(UTC) - timedelta(seconds=1))
    api.as_(clinic.doctor).put(f"/appointments/{paid['id']}", {"status": "scheduled"})
    for made in (unpaid, paid, unpaid):
        run(api, cloud, "expire_appointment", made["id"])
    assert [stored(world, made["id"]).status for made in (unpaid, paid)] == ["cancelled", "scheduled"]
    ended = api.as_(patient).get(f"/appointments/{unpaid['id']}")
    assert ended["cancellationReason"] == "It was not paid for in time."
    assert unpaid["id"] not in [b.ref_id for b in busy(world, clinic.doctor.id, unpaid["date"])]
    assert cloud.unit().get(ChargeRequest, f"{unpaid['id']}_prepayment").state == "void"
    assert cloud.unit().get(ChargeRequest, f"{paid['id']}_prepayment").state == "open"
