"""Wall time and instants: what a clock in a zone shows, and when it does.

Instants are counted in whole minutes since 1970-01-01T00:00Z ("UTC minutes"); every zone's clocks have differed from
UTC by whole minutes since 1972. Wall times of a day are minutes since midnight as the clock shows them.

Clocks are moved. A time that a day's clock skips (a gap) does not exist: it is never offered as a slot, and as the
edge of a period it means the first instant after the gap. A time that the clock shows twice (an overlap) means its
first occurrence, as in RFC 5545 §3.3.5. So the days of a zone tile the time line, whatever midnight does.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Minutes of a day as clocks count them; also the end of a day as an edge.
DAY = 1440

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The IANA zone called `name`; raises `ValueError` for anything else."""
    try:
        found = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone, e.g. America/New_York") from None
    # The keys of the database that are no place: files for the C library, and clocks without rules.
    if name in {"localtime", "posixrules", "Factory"} or name.startswith(("posix/", "right/")):
        raise ValueError("must be an IANA time zone, e.g. America/New_York")
    return found


def minutes(instant: datetime) -> int:
    """The UTC minute that `instant` lies in."""
    return int((instant - _EPOCH) // timedelta(minutes=1))


def minutes_up(instant: datetime) -> int:
    """The first UTC minute that does not begin before `instant`."""
    return -int((_EPOCH - instant) // timedelta(minutes=1))


def instant(minute: int) -> datetime:
    """When a UTC minute begins."""
    return _EPOCH + timedelta(minutes=minute)


def exact(day: date, wall: int, name: str) -> int | None:
    """The UTC minute at which clocks in zone `name` first show minute `wall` of `day`; None if they never do."""
    local = _at(day, wall)
    found = local.replace(tzinfo=zone(name)).astimezone(UTC)
    if found.astimezone(zone(name)).replace(tzinfo=None) != local:
        return None
    return minutes(found)


def edge(day: date, wall: int, name: str) -> int:
    """The first UTC minute at which clocks in zone `name` show minute `wall` (0 to 1440) of `day`, or later."""
    if wall >= DAY:
        day, wall = day + timedelta(days=1), wall - DAY
    found = exact(day, wall, name)
    return _end_of_gap(_at(day, wall), name) if found is None else found


def _at(day: date, wall: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=wall)


def _end_of_gap(local: datetime, name: str) -> int:
    """The transition that skips `local`: between what the offsets after and before it make of the time."""
    there = zone(name)
    before, after = (minutes(local.replace(tzinfo=there, fold=fold).astimezone(UTC)) for fold in (1, 0))
    # Clocks show less than `local` at `before` and more at `after`.
    while after - before > 1:
        middle = (before + after) // 2
        if instant(middle).astimezone(there).replace(tzinfo=None) < local:
            before = middle
        else:
            after = middle
    return after


def bounds(day: date, name: str) -> tuple[int, int]:
    """The UTC minutes of a day of a zone, from ≤ m < to; empty for a day the zone has skipped."""
    return edge(day, 0, name), edge(day, DAY, name)


def local(minute: int, name: str) -> datetime:
    """What clocks in zone `name` show at a UTC minute, with its offset."""
    return instant(minute).astimezone(zone(name))


def today(now: datetime, name: str) -> date:
    """The date in zone `name`."""
    return now.astimezone(zone(name)).date()


def shown(minute: int, name: str) -> str:
    """The time of day as seed 004 writes it, e.g. `09:00 AM`."""
    return clock(local(minute, name))


def clock(at: datetime) -> str:
    """A wall time as seed 004 writes it, e.g. `02:30 PM`; not the locale's, which `%p` would give."""
    return f"{(at.hour + 11) % 12 + 1:02}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"


def hhmm(wall: int) -> str:
    """A wall minute in 24 hours, e.g. `09:00`; the end of the day is `24:00`."""
    return f"{wall // 60:02}:{wall % 60:02}"
