"""Feeds of one's own appointments, by a link that needs no sign-in, and files of single ones."""

import base64
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from shared.context import Context
from shared.errors import NotFound
from shared.http.answers import Binary
from shared.notifications.documents import NotificationPreferences
from shared.scheduling.booking.access import access_appointment
from shared.scheduling.booking.calendar import ics
from shared.scheduling.booking.documents import LISTED_NEXT, CalendarFeed
from shared.scheduling.booking.feed_models import FeedOut, FeedStatus
from shared.scheduling.booking.reminders import offsets_of
from shared.store.document import Document
from shared.users.documents import User

#: How far back a feed goes, and how many entries it has at most.
FEED_PAST = timedelta(days=60)
FEED_MOST = 300
#: A calendar that asks more often is not noted each time.
NOTED_EVERY = timedelta(minutes=5)
_SECRET_BYTES = 24


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
