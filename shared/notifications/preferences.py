"""Who wants what, on which channel, and when not.

The master switches of `/users/me/preferences` stand above the matrix: `notificationsEnabled` for every channel that
leaves the app, `emailNotifications` and `smsNotifications` for theirs.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.context import Context
from shared.events import NotificationType
from shared.notifications.documents import Channel, NotificationPreferences, QuietHours
from shared.notifications.preference_models import NotificationPreferencesOut, QuietHoursOut
from shared.store.document import Document
from shared.users.preference_documents import Preferences

if TYPE_CHECKING:
    from shared.notifications.preference_models import NewNotificationPreferences

_T, _C = NotificationType, Channel

#: Types that do not wait for the morning. Their channels may still be switched off.
URGENT = frozenset({_T.CALL_INCOMING, _T.PATIENT_ALERT})
#: A reminder disturbs quiet hours only when the visit is as near as this.
REMINDER_OVERRIDES = timedelta(hours=2)

#: A call rings in the app and on devices; a letter about it comes too late. SMS is for what should not be missed by
#: somebody without the app (and goes to verified numbers, whose owners switched SMS on).
DEFAULTS: dict[NotificationType, frozenset[Channel]] = {
    _T.MESSAGE: frozenset({_C.IN_APP, _C.PUSH, _C.EMAIL}),
    _T.CALL_INCOMING: frozenset({_C.IN_APP, _C.PUSH}),
    _T.CALL_MISSED: frozenset({_C.IN_APP, _C.PUSH, _C.EMAIL}),
    _T.PATIENT_ALERT: frozenset({_C.IN_APP, _C.PUSH, _C.EMAIL, _C.SMS}),
    _T.APPOINTMENT_REMINDER: frozenset({_C.IN_APP, _C.PUSH, _C.EMAIL, _C.SMS}),
    _T.NOTE_SHARED: frozenset({_C.IN_APP, _C.PUSH, _C.EMAIL}),
    _T.TEAM_INVITE: frozenset({_C.IN_APP, _C.PUSH, _C.EMAIL}),
    _T.SYSTEM_ALERT: frozenset({_C.IN_APP, _C.PUSH, _C.EMAIL}),
    _T.PRESCRIPTION_READY: frozenset({_C.IN_APP, _C.PUSH, _C.EMAIL, _C.SMS}),
    _T.LAB_RESULTS: frozenset({_C.IN_APP, _C.PUSH, _C.EMAIL}),
}


def reads(user_id: str) -> tuple[tuple[type[Document], str], ...]:
    """What the endpoints here read together with the session."""
    return ((NotificationPreferences, user_id), (Preferences, user_id))


def own(ctx: Context) -> NotificationPreferences:
    """The caller's preferences; the defaults where nothing was ever set."""
    return ctx.unit.get(NotificationPreferences, ctx.caller.id) or NotificationPreferences(id=ctx.caller.id)


def shown(ctx: Context) -> NotificationPreferencesOut:
    """The caller's preferences, whole."""
    wanted = own(ctx)
    general = ctx.unit.get(Preferences, ctx.caller.id) or Preferences(id=ctx.caller.id)
    return NotificationPreferencesOut(
        types=matrix(wanted),
        quiet_hours=QuietHoursOut.model_validate(wanted.quiet_hours),
        reminder_minutes=wanted.reminder_minutes,
        time_zone=general.timezone,
        urgent=sorted(URGENT),
    )


def change(ctx: Context, body: "NewNotificationPreferences") -> NotificationPreferences:
    """Change what is given; the rest stays."""
    stored = ctx.unit.get(NotificationPreferences, ctx.caller.id)
    before = stored or NotificationPreferences(id=ctx.caller.id)
    types = {name: dict(row) for name, row in before.types.items()}
    for kind, row in (body.types or {}).items():
        types[kind.value] = {**types.get(kind.value, {}), **{channel.value: on for channel, on in row.items()}}
    quiet = before.quiet_hours
    if body.quiet_hours is not None:
        given = {name: value for name, value in body.quiet_hours.given().items() if value is not None}
        quiet = quiet.model_copy(update=given)
    offsets = before.reminder_minutes if body.reminder_minutes is None else body.reminder_minutes
    if stored is None:
        ctx.unit.create(before)
    return ctx.unit.update(before, types=types, quiet_hours=quiet, reminder_minutes=offsets, updated_at=ctx.now)


def matrix(wanted: NotificationPreferences) -> dict[NotificationType, dict[Channel, bool]]:
    """Every type and channel, defaults filled in."""
    return {kind: {channel: in_matrix(wanted, kind, channel) for channel in Channel} for kind in NotificationType}


def in_matrix(wanted: NotificationPreferences, kind: NotificationType, channel: Channel) -> bool:
    """Whether the matrix has this type on this channel."""
    return wanted.types.get(kind.value, {}).get(channel.value, channel in DEFAULTS[kind])


def wants(general: Preferences, wanted: NotificationPreferences, kind: NotificationType, channel: Channel) -> bool:
    """Whether a user wants `kind` on `channel`, master switches included."""
    if not in_matrix(wanted, kind, channel):
        return False
    if channel is Channel.IN_APP:
        return True
    master = {Channel.EMAIL: general.email_notifications, Channel.SMS: general.sms_notifications}
    return general.notifications_enabled and master.get(channel, True)


def quiet_until(quiet: QuietHours, zone: str, now: datetime) -> datetime | None:
    """When the quiet hours end that `now` lies in, UTC; None outside of them.

    Wall times of a zone: a day on which clocks change has its quiet hours by the clock on the wall, however long that
    is. A wall time that clocks skip ends when they have skipped it; one they pass twice, the first time.
    """
    if not quiet.enabled or quiet.start == quiet.end:
        return None
    local = now.astimezone(_zone(zone))
    for days in (-1, 0):
        day = local.date() + timedelta(days=days)
        begins = _at(day, quiet.start, zone)
        ends = _at(day + timedelta(days=1) if quiet.end <= quiet.start else day, quiet.end, zone)
        if begins <= now < ends:
            return ends
    return None


def _at(day: date, wall: str, zone: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(wall), _zone(zone)).astimezone(UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
