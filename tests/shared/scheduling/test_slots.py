"""Slot arithmetic against a model that looks at every minute."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.scheduling import zones
from shared.scheduling.slots import Hours, Need, Span, free_slots, slot_at
from tests.shared.scheduling import model
from tests.shared.scheduling.test_zones import every_zone

#: Days on which clocks are moved, and one on which they are not.
DAYS = (
    ("America/New_York", date(2026, 3, 8)), ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)), ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Havana", date(2026, 3, 8)), ("America/Havana", date(2026, 11, 1)), ("Europe/London", date(2026, 6, 15)),
)  # fmt: skip


@st.composite
def windows(draw) -> list[tuple[int, int]]:
    """Working hours that do not overlap, as the rules make sure."""
    edges = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
    edges = edges[: len(edges) // 2 * 2]
    return [(a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@st.composite
def spans(draw, start: int, end: int) -> list[Span]:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        first = draw(st.integers(start - 60, end))
        found.append(Span(first, first + draw(st.integers(1, 180))))
    return found


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_against_every_minute(data) -> None:
    zone, day = data.draw(st.sampled_from(DAYS))
    check(data, zone, day)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@given(st.data())
@settings(max_examples=1_500, deadline=None)
def test_against_every_minute_in_any_zone(data) -> None:
    zone = data.draw(st.sampled_from(every_zone()))
    check(data, zone, data.draw(st.dates(date(2025, 1, 1), date(2027, 12, 31))))


def check(data, zone: str, day: date) -> None:
    hours = data.draw(windows())
    start, end = zones.bounds(day, zone)
    duration = data.draw(st.sampled_from([5, 15, 30, 45, 90, 300]))
    need = Need(duration, data.draw(st.integers(0, 40)), data.draw(st.integers(0, 40)))
    grid = data.draw(st.sampled_from([5, 15, 20, 30, 60]))
    closures, busy = data.draw(spans(start, end)), data.draw(spans(start, end))
    not_before = data.draw(st.integers(start - 10, end))
    slots = list(
        free_slots(day, zone, [Hours(*w) for w in hours], need=need, grid=grid, closures=closures, busy=busy,
                   not_before=not_before)
    )  # fmt: skip
    expected = model.starts(
        day, zone, hours, duration=need.duration, before=need.before, after=need.after, grid=grid, closures=closures,
        busy=busy, not_before=not_before,
    )  # fmt: skip
    assert [slot.start for slot in slots] == expected
    for slot in slots:
        assert slot.end - slot.start == need.duration
        assert start <= slot.busy.start <= slot.start < slot.end <= slot.busy.end <= end


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_taking_slots_one_after_another_never_overlaps(data) -> None:
    zone, day = data.draw(st.sampled_from(DAYS))
    hours = [Hours(*w) for w in data.draw(windows())]
    busy: list[Span] = []
    for _ in range(8):
        need = Need(*(data.draw(st.sampled_from(some)) for some in ([15, 30, 60], [0, 10], [0, 15])))
        slots = list(free_slots(day, zone, hours, need=need, grid=15, busy=busy))
        if not slots:
            break
        chosen = data.draw(st.sampled_from(slots))
        assert not any(other.start < chosen.busy.end and chosen.busy.start < other.end for other in busy)
        busy.append(chosen.busy)


def test_buffers_end_with_the_day() -> None:
    """So that what is busy on a day is known from that day alone."""
    day = date(2026, 6, 15)
    slots = list(free_slots(day, "UTC", [Hours(0, 1440)], need=Need(30, 60, 60), grid=30))
    start, end = zones.bounds(day, "UTC")
    assert (slots[0].start, slots[0].busy) == (start, Span(start, start + 90))
    assert (slots[-1].end, slots[-1].busy) == (end, Span(end - 90, end))
    after = free_slots(day + timedelta(days=1), "UTC", [Hours(0, 60)], need=Need(30), grid=30, busy=[slots[-1].busy])
    assert len(list(after)) == 2


def test_looked_up_by_start() -> None:
    slots = list(free_slots(date(2026, 6, 15), "UTC", [Hours(600, 700)], need=Need(30), grid=30))
    assert slot_at(slots, slots[1].start) == slots[1]
    assert slot_at(slots, slots[1].start + 1) is None
