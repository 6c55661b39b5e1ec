"""Quiet hours: by the clock on the wall of the user's zone, over midnight and over changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.notifications.documents import QuietHours
from shared.notifications.preferences import quiet_until

ZONES = ["UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo",
         "Pacific/Apia", "Africa/Casablanca", "Antarctica/Troll"]  # fmt: skip
WALL = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
NIGHT = QuietHours(enabled=True, start="22:00", end="07:00")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("now", "zone", "until"), [
    ("2026-01-15T21:59", "UTC", None),
    ("2026-01-15T22:00", "UTC", "2026-01-16T07:00"),
    ("2026-01-16T06:59:59", "UTC", "2026-01-16T07:00"),
    ("2026-01-16T07:00", "UTC", None),
    ("2026-01-16T03:00", "America/New_York", "2026-01-16T12:00"),
    ("2026-01-16T02:59", "America/New_York", None),
    # The night in which clocks go forward is an hour shorter, the one in which they go back an hour longer.
    ("2026-03-08T04:00", "America/New_York", "2026-03-08T11:00"),
    ("2026-11-01T04:00", "America/New_York", "2026-11-01T12:00"),
    ("2026-01-15T23:00", "no/such zone", "2026-01-16T07:00"),
])  # fmt: skip
def test_the_night_of_a_zone(now, zone, until) -> None:
    assert quiet_until(NIGHT, zone, utc(now)) == (utc(until) if until else None)


def test_off_is_off() -> None:
    assert quiet_until(QuietHours(), "UTC", utc("2026-01-15T23:00")) is None
    assert quiet_until(QuietHours(enabled=True, start="07:00", end="07:00"), "UTC", utc("2026-01-15T23:00")) is None


@given(
    now=st.integers(0, 4 * 366 * 86_400).map(lambda seconds: utc("2024-01-01") + timedelta(seconds=seconds)),
    zone=st.sampled_from(ZONES), start=WALL, end=WALL,
)  # fmt: skip
def test_what_is_held_is_let_go_at_the_end_and_not_held_again(now, zone, start, end) -> None:
    quiet = QuietHours(enabled=True, start=start, end=end)
    until = quiet_until(quiet, zone, now)
    wall = f"{now.astimezone(ZoneInfo(zone)):%H:%M}"
    inside = start <= wall < end if start < end else (wall >= start or wall < end)
    if until is None:
        # Only an hour that clocks skip or repeat can be read otherwise than by its wall time.
        assert not inside or start == end or _changes(now, zone)
        return
    assert now < until <= now + timedelta(hours=26)
    assert inside or _changes(now, zone)
    assert quiet_until(quiet, zone, until) is None or _changes(until, zone)


def _changes(moment: datetime, zone: str) -> bool:
    """Whether the clocks of a zone change on the days around a moment."""
    days = (timedelta(days=-2), timedelta(days=2))
    before, after = ((moment + each).astimezone(ZoneInfo(zone)).utcoffset() for each in days)
    return before != after
