"""Who a change of hours leaves outside, against a model that looks at every minute."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.scheduling import zones
from shared.scheduling.availability import WEEKDAYS, Schedule, SpecialHours, WeeklyHours
from shared.scheduling.days import Busy, ProviderDay
from shared.scheduling.displacing import loses, outside
from tests.shared.scheduling import model
from tests.shared.scheduling.test_slots import DAYS, windows
from tests.shared.scheduling.test_zones import every_zone


def schedule(day: date, zone: str, hours: list[tuple[int, int]], **rest) -> Schedule:
    """Hours of one weekday."""
    weekly = [WeeklyHours(weekday=WEEKDAYS[day.weekday()], start=a, end=b) for a, b in hours]
    return Schedule(id="p", time_zone=zone, weekly=weekly, **rest)


def booked(day: date, visits: list[tuple[int, int]]) -> ProviderDay:
    busy = [
        Busy(start=start - 5, end=end + 10, before=5, after=10, kind="appointment", ref_id=f"{start}-{end}")
        for start, end in visits
    ]
    return ProviderDay(id="p", provider_id="p", date=day, busy=busy)


def check(data, zone: str, day: date) -> None:
    before, after = data.draw(windows()), data.draw(windows())
    if data.draw(st.booleans()):
        after = sorted({*before, *after}) if data.draw(st.booleans()) else before
    start, end = zones.bounds(day, zone)
    lengths = st.integers(5, 300)
    visits = [(at, at + data.draw(lengths)) for at in data.draw(st.sets(st.integers(start, end), max_size=5))]
    read = booked(day, visits)

    def by_the_minute(hours: list[tuple[int, int]]) -> set[str]:
        open_ = [set(range(model.edge(day, a, zone), model.edge(day, b, zone))) for a, b in hours]
        return {f"{a}-{b}" for a, b in visits if not any(set(range(a, b)) <= minutes for minutes in open_)}

    old, new = schedule(day, zone, before), schedule(day, zone, after)
    assert {busy.ref_id for busy in outside(old, read)} == by_the_minute(before)
    assert {busy.ref_id for busy in outside(new, read)} == by_the_minute(after)
    if not loses(old, new, day):
        assert by_the_minute(after) <= by_the_minute(before), "who is newly outside would not have looked again"


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_against_every_minute(data) -> None:
    check(data, *data.draw(st.sampled_from(DAYS)))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@given(st.data())
@settings(max_examples=1_000, deadline=None)
def test_against_every_minute_in_any_zone(data) -> None:
    check(data, data.draw(st.sampled_from(every_zone())), data.draw(st.dates(date(2025, 1, 1), date(2027, 12, 31))))


def test_what_loses() -> None:
    day, zone = date(2026, 6, 15), "Europe/London"
    old = schedule(day, zone, [(540, 720)])
    assert not loses(schedule(day, zone, []), old, day)
    assert not loses(old, schedule(day, zone, [(480, 1020)]), day)
    assert loses(old, schedule(day, zone, [(540, 690)]), day)
    assert loses(old, schedule(day, zone, [(540, 600), (600, 720)]), day), "a visit over the seam has no window"
    assert loses(old, old.model_copy(update={"time_zone": "Europe/Paris"}), day)
    elsewhere = old.weekly[0].model_copy(update={"location_id": "there"})
    assert loses(old, old.model_copy(update={"weekly": [elsewhere]}), day)
    # Special hours of the date hide what the weekly ones become.
    special = {"special": [SpecialHours(exception_id="x", day=day, start=600, end=660)]}
    assert not loses(old.model_copy(update=special), schedule(day, zone, [], **special), day)
