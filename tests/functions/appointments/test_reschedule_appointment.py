"""PUT and POST /appointments/{appointmentId}/reschedule."""

from datetime import datetime, timedelta

import pytest

from tests.client import refused
from tests.functions.appointments.conftest import begins_in, busy, open_practice, stored


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_it_moves(api, world, practice, patient, method) -> None:
    mover = world.patient()
    made, when = practice.booked(mover), practice.slot()
    body = when | {"reason": "Work conflict"}
    answer = api.as_(mover).call(method, f"/appointments/{made['id']}/reschedule", json=body)
    assert answer.status == 200, answer
    assert (answer["date"], answer["status"], answer["sequence"]) == (when["date"], "scheduled", 1)
    assert answer["reason"] == made["reason"], "the reason of the visit stays"
    assert made["id"] in [b.ref_id for b in busy(world, practice.doctor.id, when["date"])]
    before = [b for b in busy(world, practice.doctor.id, made["date"]) if b.ref_id == made["id"]]
    assert len(before) == (1 if made["date"] == when["date"] else 0)
    # Access to the record ends with the visit, and so later now.
    relation = world.cloud.firestore.document(f"relationships/{mover.patient_id}_{practice.doctor.id}").get()
    ends = relation.get("sources")[-1]["expiresAt"]
    assert ends == datetime.fromisoformat(answer["endsAt"]) + timedelta(days=30)


def test_within_its_own_time(api, world) -> None:
    clinic, patient = open_practice(world), world.patient()
    made = clinic.booked(patient, date=clinic.day(6), time="10:00", duration=60)
    moved = api.as_(patient).put(f"/appointments/{made['id']}/reschedule", {"date": clinic.day(6), "time": "10:30 AM"})
    assert (moved.status, moved["time"], moved["duration"]) == (200, "10:30 AM", 60)
    assert len(busy(world, clinic.doctor.id, clinic.day(6))) == 1


def test_the_old_time_is_kept_if_the_new_one_is_taken(api, world, practice, patient) -> None:
    mine, theirs = practice.booked(patient), practice.booked(world.patient())
    body = {"date": theirs["date"], "time": theirs["time"]}
    refused(api.as_(patient).put(f"/appointments/{mine['id']}/reschedule", body), 409, "SLOT_NOT_AVAILABLE")
    kept = api.as_(patient).get(f"/appointments/{mine['id']}")
    assert (kept["date"], kept["time"], kept["sequence"]) == (mine["date"], mine["time"], 0)
    assert mine["id"] in [b.ref_id for b in busy(world, practice.doctor.id, mine["date"])]


def test_not_when_it_is_near_over_or_cancelled(api, world, practice) -> None:
    patient = world.patient()
    near, over, off = (practice.booked(patient) for _ in range(3))
    caller = api.as_(patient)
    begins_in(world, near, timedelta(hours=1, minutes=55))
    refused(caller.put(f"/appointments/{near['id']}/reschedule", practice.slot()), 422, "TOO_LATE_TO_RESCHEDULE")
    begins_in(world, over, -timedelta(minutes=1))
    refused(caller.put(f"/appointments/{over['id']}/reschedule", practice.slot()), 422, "APPOINTMENT_CLOSED")
    caller.delete(f"/appointments/{off['id']}")
    refused(caller.put(f"/appointments/{off['id']}/reschedule", practice.slot()), 422, "APPOINTMENT_CLOSED")
    override = practice.slot() | {"overrideReason": "The doctor was called away"}
    refused(caller.put(f"/appointments/{near['id']}/reschedule", override), 403, "ROLE_NOT_ALLOWED")
    assert api.as_(practice.doctor).put(f"/appointments/{near['id']}/reschedule", override).status == 200


def test_who_may(api, world, practice, patient, stranger) -> None:
    made, path = practice.booked(patient), "/appointments/{}/reschedule"
    refused(api.as_(stranger).put(path.format(made["id"]), practice.slot()), 404, "NOT_FOUND")
    family = world.family()
    world.grant_family(patient.patient_id, family, by=patient, scopes=["appointments"])
    refused(api.as_(family).put(path.format(made["id"]), practice.slot()), 403, "SCOPE_NOT_GRANTED")
    nurse = world.nurse()
    world.join_care_team(patient.patient_id, nurse, by=patient)
    assert api.as_(nurse).put(path.format(made["id"]), practice.slot()).status == 200


def test_a_provider_who_has_left(api, world) -> None:
    clinic, patient = open_practice(world), world.patient()
    made = clinic.booked(patient)
    api.as_(world.admin).post(f"/admin/users/{clinic.doctor.id}/deactivate", {"reason": "Left the practice"})
    refused(api.as_(patient).put(f"/appointments/{made['id']}/reschedule", clinic.slot()), 404, "PROVIDER_NOT_FOUND")
    refused(api.as_(patient).patch(f"/appointments/{made['id']}", {"time": "11:00"}), 404, "PROVIDER_NOT_FOUND")
    assert api.as_(patient).delete(f"/appointments/{made['id']}").status == 200
    assert stored(world, made["id"]).status == "cancelled"
