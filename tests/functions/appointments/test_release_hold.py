"""DELETE /holds/{holdId}."""

from tests.client import refused
from tests.functions.appointments.conftest import busy, open_practice


def test_its_owner_gives_it_back(api, world, stranger) -> None:
    clinic, holder = open_practice(world), api.as_(world.patient())
    held = holder.post(f"/providers/{clinic.doctor.id}/holds", {"date": clinic.day(6), "time": "10:00"})
    refused(api.as_(stranger).delete(f"/holds/{held['holdId']}"), 404, "NOT_FOUND")
    answer = holder.delete(f"/holds/{held['holdId']}")
    assert (answer.status, answer.trips) == (204, 3)
    assert busy(world, clinic.doctor.id, clinic.day(6)) == []
    refused(holder.delete(f"/holds/{held['holdId']}"), 404, "NOT_FOUND")
