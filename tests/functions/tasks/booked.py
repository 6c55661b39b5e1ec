"""Appointments for the workers that follow them."""

from datetime import datetime, timedelta
from typing import Any

from shared.scheduling.booking.documents import Appointment
from shared.scheduling.booking.reminder_documents import Reminder, ReminderPlan, reminder_id
from tests.conftest import eventually
from tests.functions.appointments.conftest import open_practice, rewind, service, stored

__all__ = ["begin_at", "open_practice", "planned", "reminder", "rewind", "run", "service", "stored"]


def run(api: Any, cloud: Any, worker: str, ref: str) -> Any:
    """Call a worker as Cloud Tasks does."""
    answer = cloud.machine(api, "task", worker).post(f"/tasks/{worker}", {"id": ref})
    assert answer.status == 204, answer
    return answer


def reminder(cloud: Any, appointment_id: str, minutes: int) -> Reminder | None:
    return cloud.unit().get(Reminder, reminder_id(appointment_id, minutes))


def planned(cloud: Any, appointment_id: str) -> None:
    """Wait until the worker that every booking starts has been."""
    eventually(lambda: cloud.unit().get(ReminderPlan, appointment_id), "the reminders are planned")


def begin_at(world: Any, appointment_id: str, start: datetime) -> Appointment:
    """Let an appointment begin at another time, reminders and all, as only time would."""
    found = stored(world, appointment_id)
    moved = start - found.start
    rewind(world, appointment_id, start=start, end=found.end + moved)
    unit = world.cloud.unit()
    plan = unit.get(ReminderPlan, appointment_id)
    for minutes in plan.minutes if plan else []:
        each = unit.get(Reminder, reminder_id(appointment_id, minutes))
        unit.update(each, due_at=start - timedelta(minutes=minutes))
    unit.commit()
    return stored(world, appointment_id)
