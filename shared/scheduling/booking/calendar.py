"""Calendar entries of appointments: iCalendar files, feeds, and links that add one elsewhere.

Calendars are kept by companies outside the BAA, so an entry says "Appointment" and nothing more: no person, no
reason, no kind of visit. UID stays the same for ever; SEQUENCE is raised by every change (RFC 5545 §3.8.7.4), so that
a calendar replaces the entry it has.
"""

import base64
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from shared.config import Settings
from shared.context import Context
from shared.errors import NotFound
from shared.http.answers import Binary
from shared.notifications.documents import NotificationPreferences
from shared.scheduling.booking.access import access_appointment
from shared.scheduling.booking.documents import LISTED_NEXT, Appointment, CalendarFeed, Status
from shared.scheduling.booking.models import FeedOut, FeedStatus
from shared.scheduling.booking.reminders import offsets_of
from shared.store.document import Document
from shared.users.documents import User

if TYPE_CHECKING:
    from icalendar import Event

TITLE = "Appointment"
#: How far back a feed goes, and how many entries it has at most.
FEED_PAST = timedelta(days=60)
FEED_MOST = 300
#: A calendar that asks more often is not noted each time.
NOTED_EVERY = timedelta(minutes=5)
#: RFC 7986 §5.7: how often calendars may look again.
REFRESH = timedelta(hours=1)

_STATES = {Status.PENDING: "TENTATIVE", Status.CANCELLED: "CANCELLED", Status.NO_SHOW: "CANCELLED"}
_SECRET_BYTES = 24


def ics(
    appointments: Iterable[Appointment], settings: Settings, *, reminders: Sequence[int], feed: bool = False
) -> bytes:
    """A calendar of these appointments, with alarms so many minutes before each."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//ConsentMD//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    if feed:
        calendar.add("x-wr-calname", "Appointments")
        calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for appointment in appointments:
        calendar.add_component(_event(appointment, settings, reminders))
    return calendar.to_ical()


def _event(appointment: Appointment, settings: Settings, reminders: Sequence[int]) -> "Event":
    from icalendar import Alarm, Event

    event = Event()
    event.add("uid", f"{appointment.id}@{_host(settings)}")
    event.add("sequence", appointment.sequence)
    # From the record, not the clock: the same state is the same file.
    event.add("dtstamp", appointment.updated_at.replace(microsecond=0))
    event.add("created", appointment.created_at.replace(microsecond=0))
    event.add("last-modified", appointment.updated_at.replace(microsecond=0))
    event.add("dtstart", appointment.start)
    event.add("dtend", appointment.end)
    event.add("summary", TITLE)
    event.add("status", _STATES.get(appointment.status, "CONFIRMED"))
    event.add("class", "PRIVATE")
    event.add("url", _page(appointment, settings))
    if appointment.status.is_open:
        for minutes in sorted(set(reminders), reverse=True):
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", TITLE)
            alarm.add("trigger", timedelta(minutes=-minutes))
            event.add_component(alarm)
    return event


def _host(settings: Settings) -> str:
    from urllib.parse import urlsplit

    return urlsplit(settings.public_url).hostname or "consentmd"


def _page(appointment: Appointment, settings: Settings) -> str:
    return f"{settings.frontend_url.rstrip('/')}/appointments/{appointment.id}"


def add_links(appointment: Appointment, settings: Settings) -> dict[str, str]:
    """Addresses that put the appointment into a calendar: our file, Google Calendar, Outlook."""
    compact = "%Y%m%dT%H%M%SZ"
    google = {
        "action": "TEMPLATE",
        "text": TITLE,
        "dates": f"{appointment.start:{compact}}/{appointment.end:{compact}}",
        "details": _page(appointment, settings),
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": TITLE,
        "startdt": _plain(appointment.start),
        "enddt": _plain(appointment.end),
        "body": _page(appointment, settings),
    }
    return {
        "ics": f"{settings.public_url.rstrip('/')}/api/v1/appointments/{appointment.id}/calendar.ics",
        "google": f"https://calendar.google.com/calendar/render?{urlencode(google)}",
        "outlook": f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}",
    }


def _plain(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def sync_status(feed: CalendarFeed | None, appointment: Appointment) -> Literal["off", "pending", "synced"]:
    """Whether the calendar behind a feed has the appointment as it is now."""
    if feed is None:
        return "off"
    fetched = feed.last_fetched_at
    return "synced" if fetched is not None and fetched >= appointment.updated_at else "pending"


def alarm_reads(user_id: str) -> Iterable[tuple[type[Document], str]]:
    """When the caller is reminded."""
    return ((NotificationPreferences, user_id),)


def file_of(ctx: Context, appointment_id: str) -> Binary:
    """One appointment as a file. Raises `NotFound`, `ScopeNotGranted`."""
    appointment = access_appointment(ctx, appointment_id, to="read")
    own = offsets_of(ctx.unit.get(NotificationPreferences, ctx.caller.id))
    return _file(ics([appointment], ctx.settings, reminders=own))


def _file(content: bytes) -> Binary:
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return Binary(content, "text/calendar", headers)


# Feeds


def feed_file(ctx: Context, secret: str) -> Binary:
    """The calendar behind an address, as a file. Raises `NotFound`."""
    return _file(read_feed(ctx, secret))


def make_feed(ctx: Context) -> FeedOut:
    """A feed of the caller's appointments; the address of one made before stops working."""
    secret = _secret(ctx.caller.id)
    feed = ctx.unit.put(CalendarFeed(id=ctx.caller.id, secret_hash=_hash(secret), created_at=ctx.now))
    ctx.about("calendarFeeds", feed.id)
    url = f"{ctx.settings.public_url.rstrip('/')}/api/v1/calendar/{secret}.ics"
    return FeedOut(url=url, webcal_url="webcal:" + url.partition(":")[2], created_at=feed.created_at)


def end_feed(ctx: Context) -> None:
    """Take the feed away; calendars that have its address get nothing more."""
    ctx.about("calendarFeeds", ctx.caller.id)
    if ctx.unit.get(CalendarFeed, ctx.caller.id) is not None:
        ctx.unit.remove(CalendarFeed, ctx.caller.id)


def feed_status(ctx: Context) -> FeedStatus:
    """Whether the caller has a feed, and when it was last fetched."""
    feed = ctx.unit.get(CalendarFeed, ctx.caller.id)
    if feed is None:
        return FeedStatus(active=False, created_at=None, last_fetched_at=None)
    return FeedStatus(active=True, created_at=feed.created_at, last_fetched_at=feed.last_fetched_at)


def read_feed(ctx: Context, secret: str) -> bytes:
    """The calendar behind an address. Raises `NotFound` for one that is not, or not any more."""
    user_id = _owner(secret)
    if user_id is None:
        raise NotFound
    ctx.unit.want(User, user_id)
    ctx.unit.want(NotificationPreferences, user_id)
    feed = ctx.unit.get(CalendarFeed, user_id)
    user = ctx.unit.get(User, user_id)
    if feed is None or user is None or not user.is_active or not hmac.compare_digest(feed.secret_hash, _hash(secret)):
        raise NotFound
    scope = f"p:{user.patient_id}" if user.patient_id else f"u:{user.id}"
    found = ctx.unit.find(LISTED_NEXT, listed=scope, span=(ctx.now - FEED_PAST, None), limit=FEED_MOST)
    noted = feed.last_fetched_at
    if noted is None or noted + NOTED_EVERY < ctx.now or any(a.updated_at > noted for a in found):
        ctx.unit.update(feed, last_fetched_at=ctx.now)
    ctx.about("calendarFeeds", user_id)
    for appointment in found:
        ctx.touch(appointment.patient_id)
    own = offsets_of(ctx.unit.get(NotificationPreferences, user_id))
    return ics(found, ctx.settings, reminders=own, feed=True)


def _secret(user_id: str) -> str:
    """Whose feed it is, and what nobody can guess."""
    return base64.urlsafe_b64encode(uuid.UUID(user_id).bytes + secrets.token_bytes(_SECRET_BYTES)).decode().rstrip("=")


def _owner(secret: str) -> str | None:
    try:
        raw: Any = base64.b64decode(secret + "=" * (-len(secret) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return str(uuid.UUID(bytes=raw[:16])) if len(raw) == 16 + _SECRET_BYTES else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
