"""The worker that plans reminders."""

from datetime import datetime, timedelta

from shared.scheduling.booking.reminder_documents import Reminder
from tests.functions.tasks.booked import open_practice, planned, reminder, run, service


def test_a_day_and_an_hour_before_by_default(api, cloud, world):
    clinic, patient = open_practice(world), world.patient()
    made = clinic.booked(patient)
    planned(cloud, made["id"])
    start = datetime.fromisoformat(made["startsAt"])
    for minutes in (1440, 60):
        due = reminder(cloud, made["id"], minutes)
        assert (due.state, due.due_at, due.user_ids) == ("waiting", start - timedelta(minutes=minutes), [patient.id])
    for _ in range(2):
        run(api, cloud, "plan_reminders", made["id"])
    of_this = cloud.stored("reminders", "appointmentId", made["id"])
    assert {found.id for found in of_this} == {f"{made['id']}_1440", f"{made['id']}_60"}


def test_moved_and_cancelled(api, cloud, world):
    clinic, patient = open_practice(world), world.patient()
    made = clinic.booked(patient)
    moved = api.as_(patient).put(f"/appointments/{made['id']}/reschedule", clinic.slot())
    run(api, cloud, "plan_reminders", made["id"])
    start = datetime.fromisoformat(moved["startsAt"])
    assert reminder(cloud, made["id"], 60).due_at == start - timedelta(hours=1)
    api.as_(patient).delete(f"/appointments/{made['id']}")
    run(api, cloud, "plan_reminders", made["id"])
    assert [reminder(cloud, made["id"], minutes).state for minutes in (1440, 60)] == ["dropped", "dropped"]


def test_as_users_and_services_want_it(api, cloud, world):
    clinic, patient = open_practice(world, services=[service(reminder_minutes=[2880, 120])]), world.patient()
    of_service = clinic.booked(patient, type="Stress test")
    run(api, cloud, "plan_reminders", of_service["id"])
    assert [reminder(cloud, of_service["id"], m) is not None for m in (2880, 1440, 120)] == [True, False, True]
    # Who has changed only where they are told has not said when.
    only_where = {"types": {"message": {"email": False}}}
    assert api.as_(patient).put("/users/me/notification-preferences", only_where).status == 200
    run(api, cloud, "plan_reminders", of_service["id"])
    assert [reminder(cloud, of_service["id"], m) is not None for m in (2880, 1440, 120)] == [True, False, True]
    for who, offsets in ((patient, [45]), (clinic.doctor, [45, 15])):
        set_ = api.as_(who).put("/users/me/notification-preferences", {"reminderMinutes": offsets})
        assert set_.status == 200, set_
    own = clinic.booked(patient, type="Stress test")
    run(api, cloud, "plan_reminders", own["id"])
    assert sorted(reminder(cloud, own["id"], 45).user_ids) == sorted([patient.id, clinic.doctor.id])
    assert reminder(cloud, own["id"], 15).user_ids == [clinic.doctor.id]
    # Switched off for what is there already.
    api.as_(patient).put("/users/me/notification-preferences", {"reminderMinutes": []})
    run(api, cloud, "plan_reminders", own["id"])
    assert reminder(cloud, own["id"], 45).user_ids == [clinic.doctor.id]


def test_what_is_past_is_not_planned(api, cloud, world):
    from datetime import UTC

    from tests.functions.tasks.booked import begin_at

    clinic, patient = open_practice(world), world.patient()
    made = clinic.booked(patient)
    planned(cloud, made["id"])
    begin_at(world, made["id"], datetime.now(UTC) + timedelta(minutes=90))
    run(api, cloud, "plan_reminders", made["id"])
    assert [reminder(cloud, made["id"], minutes).state for minutes in (1440, 60)] == ["dropped", "waiting"]


def test_of_nothing(api, cloud):
    run(api, cloud, "plan_reminders", "00000000-0000-4000-8000-00000000dead")
    assert cloud.unit().get(Reminder, "00000000-0000-4000-8000-00000000dead_60") is None
