"""Calendar entries of appointments: iCalendar files, feeds, and links that add one elsewhere.

Calendars are kept by companies outside the BAA, so an entry says "Appointment" and nothing more: no person, no
reason, no kind of visit. UID stays the same for ever; SEQUENCE is raised by every change (RFC 5545 §3.8.7.4), so that
a calendar replaces the entry it has.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

from shared.config import Settings
from shared.scheduling.booking.documents import Appointment, CalendarFeed, Status

if TYPE_CHECKING:
    from icalendar import Event

TITLE = "Appointment"
#: RFC 7986 §5.7: how often calendars may look again.
REFRESH = timedelta(hours=1)

_STATES = {Status.PENDING: "TENTATIVE", Status.CANCELLED: "CANCELLED", Status.NO_SHOW: "CANCELLED"}


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
    return bytes(calendar.to_ical())


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


# Feeds
