"""The same things worked out minute by minute: slow, and too simple to be wrong in the same way."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=8)
def timeline(day: date, zone: str) -> list[tuple[int, int]]:
    """Around a day: UTC minutes, and what clocks in a zone show then, in minutes since the day's midnight."""
    there, midnight = ZoneInfo(zone), datetime.combine(day, time())
    # No zone is further than 14 hours from UTC, and no clock is moved by more than a day.
    start = int((midnight.replace(tzinfo=UTC) - EPOCH).total_seconds()) // 60 - 40 * 60
    found = []
    for minute in range(start, start + 104 * 60):
        shown = (EPOCH + timedelta(minutes=minute)).astimezone(there).replace(tzinfo=None)
        found.append((minute, int((shown - midnight).total_seconds()) // 60))
    return found


def clocks(day: date, zone: str) -> dict[int, int]:
    """For each wall minute of a day that clocks in a zone show, the first UTC minute at which they show it."""
    first: dict[int, int] = {}
    for minute, wall in timeline(day, zone):
        if 0 <= wall < 1440:
            first.setdefault(wall, minute)
    return first


def edge(day: date, wall: int, zone: str) -> int:
    """The first UTC minute at which clocks in a zone show this minute of this day, or anything later."""
    return next(minute for minute, shown in timeline(day, zone) if shown >= wall)


def starts(day: date, zone: str, hours, *, duration, before, after, grid, closures, busy, not_before) -> list[int]:
    """UTC minutes at which a slot starts: every minute that it and its buffers take is looked at by itself."""
    shown = clocks(day, zone)
    closed = {m for start, end in closures for m in range(start, end)}
    taken = {m for start, end in busy for m in range(start, end)}
    of_day = range(edge(day, 0, zone), edge(day, 1440, zone))
    found = set()
    for start_wall, end_wall in hours:
        opens, closes = edge(day, start_wall, zone), edge(day, end_wall, zone)
        for wall in range(start_wall, end_wall, grid):
            if wall not in shown:
                continue
            start = shown[wall]
            visit = range(start, start + duration)
            kept = [m for m in range(start - before, start + duration + after) if m in of_day]
            inside = all(opens <= m < closes for m in visit)
            if start >= not_before and inside and not closed & set(visit) and not taken & set(kept):
                found.add(start)
    return sorted(found)
