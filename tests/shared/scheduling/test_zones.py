"""Wall time and instants, held against clocks read minute by minute around every transition."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.scheduling import zones
from tests.shared.scheduling import model

#: A sample with everything odd: half-hour shifts, transitions at midnight, a skipped day, negative DST, none at all.
SAMPLE = (
    "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Havana", "Asia/Beirut", "Europe/Dublin",
    "Pacific/Chatham", "America/St_Johns", "Africa/Cairo", "America/Santiago", "Asia/Kathmandu", "America/Nuuk",
    "Antarctica/Troll", "UTC",
)  # fmt: skip


@cache
def every_zone() -> list[str]:
    """Every zone of the database that is a place or an offset."""
    found = []
    for name in sorted(zoneinfo.available_timezones()):
        try:
            zones.zone(name)
        except ValueError:
            continue
        found.append(name)
    return found


ZONES, DATES = st.sampled_from(every_zone()), st.dates(date(2000, 1, 1), date(2037, 12, 31))


def transitions(zone: str, year: int) -> list[date]:
    """Dates of a year, as clocks there show them, on which clocks are moved."""
    there, found = zoneinfo.ZoneInfo(zone), []
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        following = at + timedelta(days=1)
        if at.astimezone(there).utcoffset() != following.astimezone(there).utcoffset():
            found += [at.astimezone(there).date(), following.astimezone(there).date()]
        at = following
    return sorted(set(found))


def check_day(day: date, zone: str) -> None:
    shown = model.clocks(day, zone)
    for wall in range(zones.DAY):
        assert zones.exact(day, wall, zone) == shown.get(wall), (zone, day, wall)
    start, end = zones.bounds(day, zone)
    following = zones.bounds(day + timedelta(days=1), zone)[0]
    assert end == following, (zone, day)
    if shown:
        assert start == min(shown.values())
    else:
        assert start == end
    for wall in sorted({0, 1, 30, 60, 90, 119, 120, 121, 150, 180, 1379, 1380, 1410, 1439, 1440} | _gap(shown)):
        assert zones.edge(day, wall, zone) == model.edge(day, wall, zone), (zone, day, wall)


def _gap(shown: dict[int, int]) -> set[int]:
    """The first and last few minutes that the day's clock skips."""
    skipped = sorted(set(range(zones.DAY)) - shown.keys())
    return {*skipped[:2], *skipped[-2:]}


@pytest.mark.parametrize("zone", SAMPLE)
def test_a_day_on_which_clocks_are_moved(zone) -> None:
    moved = transitions(zone, 2026)
    check_day(moved[0] if moved else date(2026, 3, 8), zone)


def test_a_day_that_was_skipped() -> None:
    """Samoa went from the 29th to the 31st of December 2011."""
    check_day(date(2011, 12, 30), "Pacific/Apia")
    assert zones.bounds(date(2011, 12, 29), "Pacific/Apia")[1] == zones.bounds(date(2011, 12, 31), "Pacific/Apia")[0]


def test_a_midnight_that_is_skipped_or_repeated() -> None:
    for zone, day in (("America/Santiago", date(2026, 9, 6)), ("America/Havana", date(2026, 11, 1))):
        check_day(day, zone)
        check_day(day - timedelta(days=1), zone)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_year_of_transitions_in_every_zone() -> None:
    """Every minute of every day on which clocks are moved, and of those around it, in every zone."""
    checked = 0
    for zone in every_zone():
        for year in (2025, 2026, 2027):
            days = {day + timedelta(days=n) for day in transitions(zone, year) for n in (-1, 0, 1)}
            for day in sorted(days):
                check_day(day, zone)
                checked += 1
    assert checked > 2_000


@given(ZONES, DATES, st.integers(0, 1439))
@example("America/New_York", date(2026, 3, 8), 150)
@example("America/New_York", date(2026, 11, 1), 90)
@settings(max_examples=150)
def test_what_a_clock_shows_comes_back(zone, day, wall) -> None:
    found = zones.exact(day, wall, zone)
    edge = zones.edge(day, wall, zone)
    if found is None:
        # Skipped: the edge is where the clock goes on, and shows more.
        wanted = datetime.combine(day, time()) + timedelta(minutes=wall)
        assert zones.local(edge, zone).replace(tzinfo=None) > wanted
        return
    assert found == edge
    there = zones.local(found, zone)
    assert (there.date(), there.hour * 60 + there.minute, there.fold) == (day, wall, 0)
    assert zones.minutes(zones.instant(found)) == found


@given(ZONES, DATES, st.integers(0, 1440), st.integers(0, 1440))
@settings(max_examples=100)
def test_edges_never_run_backwards(zone, day, one, other) -> None:
    early, late = sorted((one, other))
    assert zones.edge(day, early, zone) <= zones.edge(day, late, zone)


def test_minutes_round_down_and_up() -> None:
    at = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)
    assert zones.minutes_up(at) == zones.minutes(at) + 1
    assert zones.minutes_up(at.replace(second=0)) == zones.minutes(at)


def test_the_clock_of_seed_004() -> None:
    shown = [
        zones.clock(datetime(2026, 1, 1, hour, minute, tzinfo=UTC))
        for hour, minute in ((0, 0), (9, 5), (12, 0), (23, 59))
    ]
    assert shown == ["12:00 AM", "09:05 AM", "12:00 PM", "11:59 PM"]


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../etc/passwd", "localtime", "posix/UTC", "/etc/localtime", "x\0y"]
)
def test_no_zone(name) -> None:
    with pytest.raises(ValueError, match="IANA"):
        zones.zone(name)
