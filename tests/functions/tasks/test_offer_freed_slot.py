"""The worker that offers freed slots. The order of offers is tested with POST /providers/{providerId}/waitlist."""

from datetime import UTC, datetime, timedelta

from shared.scheduling.booking.documents import FreedSlot
from shared.scheduling.booking.waitlist_documents import WaitlistEntry
from tests.conftest import eventually
from tests.functions.appointments.conftest import busy
from tests.functions.tasks.booked import open_practice, run


def freed(cloud, clinic):
    return [cloud.unit().get(FreedSlot, f.id) for f in cloud.stored("freedSlots", "providerId", clinic.doctor.id)]


def test_an_offer_that_is_not_taken_goes_on_and_ends(api, cloud, world):
    clinic, booker, waiter = open_practice(world), world.patient(), world.patient()
    made = clinic.booked(booker, date=clinic.day(6), time="10:00")
    body = {"from": clinic.day(6), "to": clinic.day(6), "latest": "12:00"}
    entry = api.as_(waiter).post(f"/providers/{clinic.doctor.id}/waitlist", body)["entryId"]
    api.as_(booker).delete(f"/appointments/{made['id']}")

    def state():
        return cloud.unit().get(WaitlistEntry, entry).state

    eventually(lambda: state() == "offered", "it is offered")
    (slot,) = freed(cloud, clinic)
    run(api, cloud, "offer_freed_slot", slot.id)
    assert (state(), len(busy(world, clinic.doctor.id, clinic.day(6)))) == ("offered", 1), "it still holds"
    unit = cloud.unit()
    unit.update(unit.get(FreedSlot, slot.id), offered_until=datetime.now(UTC) - timedelta(seconds=1))
    unit.commit()
    for _ in range(2):
        run(api, cloud, "offer_freed_slot", slot.id)
    assert (state(), freed(cloud, clinic)[0].state) == ("waiting", "done")
    assert busy(world, clinic.doctor.id, clinic.day(6)) == []


def test_nobody_waits(api, cloud, world):
    clinic, booker = open_practice(world), world.patient()
    made = clinic.booked(booker)
    api.as_(booker).delete(f"/appointments/{made['id']}")
    eventually(lambda: [s.state for s in freed(cloud, clinic)] == ["done"], "there is nobody to offer it to")
    run(api, cloud, "offer_freed_slot", "00000000-0000-4000-8000-00000000dead")
