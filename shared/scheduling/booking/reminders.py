"""Reminders of appointments: when. How somebody is told is the notifications' matter.

A `Reminder` per appointment and offset is the truth. `plan` makes them what the appointment asks for, however often it
runs; each has a task at its time, which looks again whether it still holds before it tells anybody. One that was moved
has another due time, hence another task; the old one finds that it is not due.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.context import Context
from shared.events import NotificationType
from shared.notifications.documents import NotificationPreferences
from shared.scheduling.booking.documents import Appointment
from shared.scheduling.booking.reminder_documents import Reminder, ReminderPlan, reminder_id
from shared.scheduling.profiles import ProviderProfile

#: A day and an hour before.
DEFAULT_MINUTES: list[int] = NotificationPreferences.model_fields["reminder_minutes"].default

#: A task may come this much early.
_EARLY = timedelta(seconds=30)
#: How long a reminder is kept after its visit, to see what was sent.
_KEPT = timedelta(days=30)


def plan(ctx: Context, appointment_id: str) -> None:
    """Make the reminders of an appointment what it asks for now. Safe to repeat."""
    ctx.unit.want(ReminderPlan, appointment_id)
    appointment = ctx.unit.get(Appointment, appointment_id)
    if appointment is None:
        return
    before = ctx.unit.get(ReminderPlan, appointment_id)
    planned = before.minutes if before else []
    ctx.unit.want(ProviderProfile, appointment.provider_id)
    for user_id in appointment.everybody:
        ctx.unit.want(NotificationPreferences, user_id)
    found = ctx.unit.get_all(Reminder, [reminder_id(appointment.id, minutes) for minutes in planned])
    wanted = _wanted(ctx, appointment) if appointment.status.is_open else {}
    ahead = {minutes: people for minutes, people in wanted.items() if _due(appointment, minutes) > ctx.now}
    for minutes, user_ids in ahead.items():
        _set(ctx, appointment, minutes, user_ids)
    for reminder in found:
        if reminder is not None and reminder.minutes not in ahead and reminder.state == "waiting":
            ctx.unit.update(reminder, state="dropped")
    minutes_ever = sorted({*planned, *ahead}, reverse=True)
    ctx.unit.put(ReminderPlan(id=appointment.id, minutes=minutes_ever, expires_at=appointment.start + _KEPT))


def _wanted(ctx: Context, appointment: Appointment) -> dict[int, list[str]]:
    """Who is to be reminded how many minutes before.

    As each has set it. A patient who has not: as the service says, or a day and an hour before. Staff who have not: not
    at all; they have an agenda.
    """
    profile = ctx.unit.get(ProviderProfile, appointment.provider_id)
    service = profile.service(appointment.service_id) if profile and appointment.service_id else None
    wanted: dict[int, list[str]] = {}
    for user_id in appointment.everybody:
        own = ctx.unit.get(NotificationPreferences, user_id)
        offsets: Iterable[int] = ()
        # The preferences of who has changed only their channels have the default times.
        if own is not None and own.reminder_minutes != DEFAULT_MINUTES:
            offsets = own.reminder_minutes
        elif user_id == appointment.patient_user_id:
            of_service = service.reminder_minutes if service else None
            offsets = DEFAULT_MINUTES if of_service is None else of_service
        for minutes in offsets:
            wanted.setdefault(minutes, []).append(user_id)
    return wanted


def offsets_of(preferences: NotificationPreferences | None) -> list[int]:
    """Minutes before a visit at which a user is reminded, by their own settings."""
    return preferences.reminder_minutes if preferences is not None else DEFAULT_MINUTES


def _due(appointment: Appointment, minutes: int) -> datetime:
    return appointment.start - timedelta(minutes=minutes)


def _set(ctx: Context, appointment: Appointment, minutes: int, user_ids: Iterable[str]) -> None:
    due = _due(appointment, minutes)
    key = reminder_id(appointment.id, minutes)
    ctx.unit.put(
        Reminder(
            id=key,
            appointment_id=appointment.id,
            minutes=minutes,
            user_ids=list(user_ids),
            due_at=due,
            expires_at=appointment.start + _KEPT,
        )
    )
    ctx.enqueue("send_reminder", key, at=due, dedupe_key=f"{key}:{due.isoformat()}")


def send(ctx: Context, key: str) -> None:
    """Remind, if there is still something to remind of. Safe to repeat."""
    reminder = ctx.unit.get(Reminder, key)
    if reminder is None or reminder.state != "waiting" or reminder.due_at > ctx.now + _EARLY:
        return
    appointment = ctx.unit.get(Appointment, reminder.appointment_id)
    holds = (
        appointment is not None
        and appointment.status.is_open
        and _due(appointment, reminder.minutes) == reminder.due_at
        # One that comes too late, after an outage, is of no use any more.
        and ctx.now < appointment.start
    )
    if appointment is None or not holds:
        ctx.unit.update(reminder, state="dropped")
        return
    due = f"reminder:{key}:{reminder.due_at.isoformat()}"
    ctx.notify(reminder.user_ids, NotificationType.APPOINTMENT_REMINDER, ("appointments", appointment.id), due)
    ctx.unit.update(reminder, state="sent", sent_at=ctx.now)
