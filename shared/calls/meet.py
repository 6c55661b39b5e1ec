"""Google Meet by the Calendar API: an event without guests or details, whose conference is the room.

The event's id follows from the call's, so that a request made again finds the same event. Google stores nothing of
whom the visit is with: events say "Appointment", as calendar files do.
"""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from shared.errors import CallsNotConfigured, CallsUnavailable

if TYPE_CHECKING:
    from shared.config import Settings


class When(NamedTuple):
    """When a visit takes place."""

    start: datetime
    end: datetime


def open_meeting(settings: "Settings", call_id: str, when: When) -> tuple[str, str]:
    """Id of the event and the link of its conference. Raises `CallsUnavailable`, `CallsNotConfigured`."""
    if not settings.meet_calendar_id:
        raise CallsNotConfigured
    # Ids of events are base32hex in lower case; digits and a to f are part of that (Calendar API, Events: insert).
    event = uuid.UUID(call_id).hex
    events = f"{settings.calendar_url.rstrip('/')}/calendars/{quote(settings.meet_calendar_id, safe='')}/events"
    body = {
        "id": event,
        "summary": "Appointment",
        "visibility": "private",
        "start": {"dateTime": when.start.isoformat()},
        "end": {"dateTime": when.end.isoformat()},
        "conferenceData": {
            "createRequest": {"requestId": event, "conferenceSolutionKey": {"type": "hangoutsMeet"}},
        },
    }
    status, made = _call(settings, "POST", f"{events}?conferenceDataVersion=1", body)
    if status == 409:
        status, made = _call(settings, "GET", f"{events}/{event}")
    link = made.get("hangoutLink")
    if status != 200 or not isinstance(link, str) or not link.startswith("https://meet.google.com/"):
        raise CallsUnavailable
    return event, link


def _call(
    settings: "Settings", method: str, url: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    import requests
    from google.auth.exceptions import GoogleAuthError

    from shared import clients

    try:
        answer = clients.calendar_http().request(method, url, json=body, timeout=settings.hundred_ms_timeout_seconds)
        found = answer.json() if answer.status_code == 200 else {}
    except (requests.RequestException, GoogleAuthError, ValueError):
        raise CallsUnavailable from None
    return answer.status_code, found if isinstance(found, dict) else {}
