"""The worker that reminds."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.functions.tasks.booked import begin_at, open_practice, planned, reminder, run


@pytest.fixture(scope="module")
def clinic(world):
    return open_practice(world)


@pytest.fixture
def visit(cloud, world, clinic):
    """A patient, and their appointment with its reminders planned."""
    patient = world.patient()
    made = clinic.booked(patient)
    planned(cloud, made["id"])
    return patient, made


def asked(cloud, patient):
    found = cloud.stored("notificationRequests", "userIds", patient.id)
    # News of the booking is of the same type; `appointments` is what reminders are about.
    return [f for f in found if (f.get("type"), f.get("refKind")) == ("appointment_reminder", "appointments")]


def test_once_when_it_is_due(api, cloud, world, visit):
    patient, made = visit
    key = f"{made['id']}_60"
    run(api, cloud, "send_reminder", key)
    assert asked(cloud, patient) == [], "not yet due"
    begin_at(world, made["id"], datetime.now(UTC) + timedelta(minutes=59))
    for _ in range(2):
        run(api, cloud, "send_reminder", key)
    (request,) = asked(cloud, patient)
    assert (request.get("refKind"), request.get("refId")) == ("appointments", made["id"])
    assert reminder(cloud, made["id"], 60).state == "sent"
    cloud.wait_for_mail(patient.email, having="Appointment reminder")


def test_not_of_what_was_cancelled_moved_or_has_begun(api, cloud, world, visit):
    patient, made = visit
    begin_at(world, made["id"], datetime.now(UTC) + timedelta(minutes=59))
    from tests.functions.tasks.booked import rewind

    rewind(world, made["id"], status="cancelled")
    run(api, cloud, "send_reminder", f"{made['id']}_60")
    assert reminder(cloud, made["id"], 60).state == "dropped"
    rewind(world, made["id"], status="scheduled")
    begin_at(world, made["id"], datetime.now(UTC) - timedelta(minutes=1))
    run(api, cloud, "send_reminder", f"{made['id']}_1440")
    assert reminder(cloud, made["id"], 1440).state == "dropped"
    assert asked(cloud, patient) == []


def test_the_old_task_of_one_that_was_moved(api, cloud, world, visit, clinic):
    patient, made = visit
    api.as_(patient).put(f"/appointments/{made['id']}/reschedule", clinic.slot())
    run(api, cloud, "plan_reminders", made["id"])
    run(api, cloud, "send_reminder", f"{made['id']}_1440")
    assert (reminder(cloud, made["id"], 1440).state, asked(cloud, patient)) == ("waiting", [])


def test_of_nothing(api, cloud):
    run(api, cloud, "send_reminder", "00000000-0000-4000-8000-00000000dead_60")
