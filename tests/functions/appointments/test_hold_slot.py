"""POST /providers/{providerId}/holds."""

from datetime import UTC, datetime, timedelta

from tests.client import refused
from tests.functions.appointments.conftest import busy, open_practice, service


def expire_holds(world, owner_id: str, day: str) -> None:
    """As five minutes would."""
    from datetime import date

    from shared.scheduling.days import ProviderDay, day_id

    unit = world.cloud.unit()
    found = unit.get(ProviderDay, day_id(owner_id, date.fromisoformat(day)))
    past = datetime.now(UTC) - timedelta(seconds=1)
    unit.update(found, busy=[b.model_copy(update={"expires_at": past}) if b.expires_at else b for b in found.busy])
    unit.commit()


def test_it_counts_as_taken_for_everybody_else(api, world) -> None:
    clinic, holder, other = open_practice(world), world.patient(), world.patient()
    path, when = f"/providers/{clinic.doctor.id}/holds", {"date": clinic.day(6), "time": "10:00 AM"}
    held = api.as_(holder).post(path, when)
    assert (held.status, held["date"], held["time"], held["duration"]) == (201, when["date"], "10:00 AM", 30)
    assert held.trips <= 3
    left = datetime.fromisoformat(held["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    slots = f"/providers/{clinic.doctor.id}/available-slots?date={when['date']}"
    assert "10:00 AM" not in api.as_(other).get(slots)["slots"]
    assert "10:00 AM" in api.as_(holder).get(slots)["slots"]
    refused(api.as_(other).post(path, when), 409, "SLOT_NOT_AVAILABLE")
    refused(clinic.book(other, **when), 409, "SLOT_NOT_AVAILABLE")
    moving = clinic.booked(other, date=clinic.day(6), time="15:00")
    refused(api.as_(other).put(f"/appointments/{moving['id']}/reschedule", when), 409, "SLOT_NOT_AVAILABLE")
    made = clinic.book(holder, **when, holdId=held["holdId"])
    assert made.status == 201, made
    assert [b.kind for b in busy(world, clinic.doctor.id, when["date"])] == ["appointment", "appointment"]


def test_one_per_user_and_provider(api, world) -> None:
    clinic, holder = open_practice(world), api.as_(world.patient())
    path = f"/providers/{clinic.doctor.id}/holds"
    first = holder.post(path, {"date": clinic.day(6), "time": "10:00"})
    again = holder.post(path, {"date": clinic.day(6), "time": "10:00"})
    assert (first["holdId"], again.status) == (again["holdId"], 201)
    assert again["expiresAt"] > first["expiresAt"]
    another = holder.post(path, {"date": clinic.day(7), "time": "11:00"})
    assert (another.status, another.trips) == (201, 3)
    assert busy(world, clinic.doctor.id, clinic.day(6)) == []
    assert len(busy(world, clinic.doctor.id, clinic.day(7))) == 1


def test_it_ends_by_itself(api, world) -> None:
    clinic, holder, other = open_practice(world), world.patient(), world.patient()
    when = {"date": clinic.day(6), "time": "10:00"}
    held = api.as_(holder).post(f"/providers/{clinic.doctor.id}/holds", when)
    expire_holds(world, clinic.doctor.id, when["date"])
    assert clinic.book(other, **when).status == 201
    refused(clinic.book(holder, **when, holdId=held["holdId"]), 409, "SLOT_NOT_AVAILABLE")


def test_what_cannot_be_held(api, world, patient) -> None:
    clinic = open_practice(world, services=[service()])
    holder, path = api.as_(patient), f"/providers/{clinic.doctor.id}/holds"
    refused(holder.post(path, {"date": clinic.day(6), "time": "08:00"}), 409, "SLOT_NOT_AVAILABLE")
    refused(holder.post(path, {"date": clinic.day(-1), "time": "10:00"}), 400, "VALIDATION_ERROR")
    nobody = "/providers/00000000-0000-4000-8000-00000000dead/holds"
    refused(holder.post(nobody, {"date": clinic.day(6), "time": "10:00"}), 404, "PROVIDER_NOT_FOUND")
    refused(api.as_(world.family()).post(path, {"date": clinic.day(6), "time": "10:00"}), 403, "ROLE_NOT_ALLOWED")
    of_service = holder.post(path, {"date": clinic.day(6), "time": "10:00", "serviceId": "svc-1"})
    assert of_service["duration"] == 60
    wrong = clinic.book(patient, date=clinic.day(6), time="12:00", holdId=of_service["holdId"])
    assert refused(wrong, 400, "VALIDATION_ERROR").error["details"][0]["field"] == "holdId"
