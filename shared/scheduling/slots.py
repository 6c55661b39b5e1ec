"""Free slots of a day: pure arithmetic over hours, closures and busy time.

Hours are wall-clock windows of a day; everything else is UTC minutes. A slot starts on its window's grid (every
`grid` minutes of the clock from the window's start), at a time the day's clock really shows, and ends `duration` real
minutes later, within the window and outside every closure. With its buffers it keeps clear of all busy time, which
has its own buffers in it. Buffers may reach beyond the hours and into closures but end with the day: so what is busy
on a day is known from that day alone.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from shared.scheduling import zones


class Hours(NamedTuple):
    """A window of a day's working time, in wall minutes from ≤ w < to."""

    start: int
    end: int
    location_id: str | None = None


class Span(NamedTuple):
    """A period, in UTC minutes from ≤ m < to."""

    start: int
    end: int


class Need(NamedTuple):
    """What an appointment takes: its minutes, and those to be kept free before and after it."""

    duration: int
    before: int = 0
    after: int = 0


class Slot(NamedTuple):
    """A free slot. `start` and `end` are the appointment's UTC minutes, `busy` what it takes with its buffers."""

    start: int
    end: int
    busy: Span
    location_id: str | None = None


def free_slots(
    day: date,
    zone: str,
    hours: Iterable[Hours],
    *,
    need: Need,
    grid: int,
    closures: Sequence[Span] = (),
    busy: Sequence[Span] = (),
    not_before: int = 0,
) -> Iterator[Slot]:
    """Free slots of `day` in `zone`, window by window; none that starts before UTC minute `not_before`."""
    from_, until = zones.bounds(day, zone)
    closed, taken_already = _Periods(closures), _Periods(busy)
    seen: set[int] = set()
    for window in hours:
        opens, closes = zones.edge(day, window.start, zone), zones.edge(day, window.end, zone)
        if closes - opens < need.duration or closes <= not_before:
            continue
        for wall in range(window.start, window.end, grid):
            start = zones.exact(day, wall, zone)
            if start is None or start < not_before or start in seen:
                continue
            end = start + need.duration
            taken = Span(max(from_, start - need.before), min(until, end + need.after))
            if end <= closes and not closed.meet(Span(start, end)) and not taken_already.meet(taken):
                seen.add(start)
                yield Slot(start, end, taken, window.location_id)


def slot_at(slots: Iterable[Slot], start: int) -> Slot | None:
    """The slot that starts at a UTC minute, if it is one of `slots`."""
    return next((slot for slot in slots if slot.start == start), None)


class _Periods:
    """Periods as one sorted list without overlaps, so that a whole day's slots are compared with each but once."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(span for span in spans if span.start < span.end):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)

    def meet(self, span: Span) -> bool:
        """Whether any of them overlaps `span`."""
        following = bisect_right(self._ends, span.start)
        return following < len(self._ends) and self._starts[following] < span.end
