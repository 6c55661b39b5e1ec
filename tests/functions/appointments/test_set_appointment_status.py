"""PUT /appointments/{appointmentId}: how far a visit has come."""

from datetime import timedelta

from tests.client import refused
from tests.functions.appointments.conftest import begins_in, open_practice, rewind, service


def test_a_visit_from_arrival_to_leaving(api, world, practice, patient) -> None:
    made = practice.booked(patient)
    doctor, path = api.as_(practice.doctor), f"/appointments/{made['id']}"
    refused(doctor.put(path, {"status": "checked_in"}), 409, "STATUS_NOT_ALLOWED")
    begins_in(world, made, timedelta(minutes=20))
    arrived = doctor.put(path, {"status": "checked_in"})
    assert (arrived.status, arrived.trips, arrived["attendance"]) == (200, 3, "attended"), arrived
    assert arrived["checkInTime"] is not None
    begins_in(world, made, -timedelta(minutes=20))
    done = doctor.put(path, {"status": "completed", "attendance": "late"})
    assert (done["status"], done["attendance"]) == ("completed", "late")
    assert done["checkOutTime"] >= done["checkInTime"]
    refused(doctor.put(path, {"status": "scheduled"}), 409, "STATUS_NOT_ALLOWED")
    refused(doctor.put(path, {"status": "cancelled"}), 422, "APPOINTMENT_CLOSED")


def test_nobody_came(api, world) -> None:
    from shared.scheduling.booking.documents import ChargeRequest

    clinic = open_practice(world, services=[service()])
    made = clinic.booked(world.patient(), type="Stress test")
    doctor, path = api.as_(clinic.doctor), f"/appointments/{made['id']}"
    refused(doctor.put(path, {"status": "no_show"}), 409, "STATUS_NOT_ALLOWED")
    begins_in(world, made, -timedelta(minutes=20))
    assert doctor.put(path, {"status": "no_show"})["attendance"] == "missed"
    fee = world.cloud.unit().get(ChargeRequest, f"{made['id']}_no_show")
    assert (fee.fee_cents, fee.state) == (20_000, "open")
    # Recorded by mistake: the patient sat in the other waiting room.
    assert doctor.put(path, {"status": "checked_in"})["attendance"] == "late"
    assert world.cloud.unit().get(ChargeRequest, f"{made['id']}_no_show").state == "void"


def test_only_along_the_graph(api, world, practice) -> None:
    patient = world.patient()
    made = practice.booked(patient)
    begins_in(world, made, -timedelta(minutes=1))
    from shared.scheduling.booking.documents import Status
    from shared.scheduling.booking.status import FOLLOWS, may_follow

    made = practice.booked(patient)
    begins_in(world, made, -timedelta(minutes=1))
    doctor = api.as_(practice.doctor)
    for before in Status:
        for after in sorted(set(Status) - FOLLOWS[before] - {Status.CANCELLED}):
            rewind(world, made["id"], status=before)
            refused(doctor.put(f"/appointments/{made['id']}", {"status": after}), 409, "STATUS_NOT_ALLOWED")
    assert not any(may_follow(s, s, start=None, now=None) for s in Status)


def test_staff_only(api, world, practice, patient) -> None:
    made = practice.booked(patient)
    refused(api.as_(patient).put(f"/appointments/{made['id']}", {"status": "completed"}), 403, "ROLE_NOT_ALLOWED")
    refused(api.as_(world.nurse()).put(f"/appointments/{made['id']}", {"status": "completed"}), 404, "NOT_FOUND")
