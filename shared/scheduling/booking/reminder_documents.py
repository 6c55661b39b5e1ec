"""Stored documents of reminders."""

from datetime import datetime
from typing import ClassVar, Literal

from shared.store.document import Document


class Reminder(Document):
    """That somebody is to be reminded of an appointment, so many minutes before it: `{appointmentId}_{minutes}`."""

    collection = "reminders"
    ttl: ClassVar[str] = "expiresAt"

    appointment_id: str
    minutes: int
    user_ids: list[str]
    due_at: datetime
    state: Literal["waiting", "sent", "dropped"] = "waiting"
    sent_at: datetime | None = None
    expires_at: datetime


class ReminderPlan(Document):
    """At which offsets an appointment has reminders; the id is the appointment's.

    Not on the appointment: it is written behind the back of who has just booked, and may be moving the visit already.
    """

    collection = "reminderPlans"
    ttl: ClassVar[str] = "expiresAt"

    minutes: list[int]
    expires_at: datetime


def reminder_id(appointment_id: str, minutes: int) -> str:
    """The one reminder of an appointment at an offset."""
    return f"{appointment_id}_{minutes}"
