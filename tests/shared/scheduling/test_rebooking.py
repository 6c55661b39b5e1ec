"""New slots for displaced appointments."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.scheduling import zones
from shared.scheduling.availability import WEEKDAYS, Closure, Schedule, WeeklyHours, dates, free
from shared.scheduling.days import Busy, ProviderDay, day_id
from shared.scheduling.rebooking import propose

ZONE, FIRST = "America/New_York", date(2026, 3, 2)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def schedule(**changes) -> Schedule:
    weekly = [WeeklyHours(weekday=day, start=540, end=720) for day in WEEKDAYS[:5]]
    return Schedule(id="p", time_zone=ZONE, weekly=weekly, **changes)


def empty(first: date, count: int) -> list[ProviderDay]:
    return [ProviderDay(id=day_id("p", d), provider_id="p", date=d) for d in dates(first, first + timedelta(count - 1))]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.sampled_from([30, 60])), max_size=12, unique=True))
@settings(max_examples=40, deadline=None)
def test_proposals_are_free_distinct_and_outside_the_closure(wanted) -> None:
    days = {day.date: day for day in empty(FIRST, 14)}
    open_ = schedule(buffer_minutes=10)
    booked: list[Busy] = []
    for offset, at, minutes in wanted:
        day = days[FIRST + timedelta(days=offset)]
        slots = free(open_, day, need=open_.need(minutes), now=NOW)
        if at < len(slots):
            booked.append(Busy.of(slots[at], "appointment", f"{offset}-{at}-{minutes}"))
            days[day.date] = day.model_copy(update={"busy": [*day.busy, booked[-1]]})
    closed = Closure(exception_id="e", kind="vacation", start=zones.bounds(FIRST, ZONE)[0],
                     end=zones.bounds(FIRST + timedelta(days=2), ZONE)[1])  # fmt: skip
    shut = schedule(buffer_minutes=10, closures=[closed])
    displaced = [busy for busy in booked if busy.start < closed.end]
    found = propose(shut, list(days.values()), displaced, NOW)
    assert found.keys() == {busy.ref_id for busy in displaced}
    kept = [busy.span for busy in booked if busy not in displaced]
    for busy in displaced:
        slot = found[busy.ref_id]
        if slot is None:
            continue
        assert slot.end - slot.start == busy.visit.end - busy.visit.start
        assert slot.start >= closed.end
        assert not any(other.start < slot.busy.end and slot.busy.start < other.end for other in kept)
        kept.append(slot.busy)
    if any(slot is None for slot in found.values()):
        # Only because nothing was left.
        assert all(len(day.busy) > 0 for day in days.values() if day.date.weekday() < 5)


def test_the_same_time_of_day_is_kept_across_a_change_of_clocks() -> None:
    """Clocks went forward on the 8th of March."""
    friday = date(2026, 3, 6)
    slot = free(schedule(), empty(friday, 1)[0], need=schedule().need(), now=NOW)[2]
    closure = Closure(exception_id="e", kind="holiday", start=zones.bounds(friday, ZONE)[0],
                      end=zones.bounds(friday, ZONE)[1])  # fmt: skip
    found = propose(
        schedule(closures=[closure]), empty(FIRST, 14), [Busy.of(slot, "appointment", "a")], NOW
    )["a"]  # fmt: skip
    local = zones.local(found.start, ZONE)
    assert (local.date(), zones.shown(found.start, ZONE)) == (date(2026, 3, 9), "10:00 AM")
    assert found.start - slot.start == 3 * 1440 - 60


def test_an_earlier_day_only_when_none_is_left() -> None:
    last = FIRST + timedelta(days=3)
    slot = free(schedule(), empty(last, 1)[0], need=schedule().need(), now=NOW)[0]
    start, end = zones.bounds(last, ZONE)
    shut = schedule(closures=[Closure(exception_id="e", kind="holiday", start=start, end=end)])
    found = propose(shut, empty(FIRST, 4), [Busy.of(slot, "appointment", "a")], NOW)["a"]
    assert zones.local(found.start, ZONE).date() == last - timedelta(days=1)
    assert propose(shut, [], [Busy.of(slot, "appointment", "a")], NOW) == {"a": None}
