"""Putting the event log in order: pure, so that it can be tried with every order in which events can be seen.

Events arrive from a listener and from queries: repeated, in any order, some of them old. `settle(until)` says that
everything committed up to then has arrived; what has become final by it is given out, once, in commit order.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from realtime.position import Position
from shared.events import EVENT_OVERLAP, Event

_OVERLAP_NS: Final = int(EVENT_OVERLAP.total_seconds() * 1e9)


@dataclass(frozen=True)
class Logged:
    """An event and its place in the log."""

    position: Position
    event: Event


class EventLog:
    """What one gateway has seen of the log since `start` (a commit time in nanoseconds)."""

    def __init__(self, start: int) -> None:
        self._start = start
        #: Everything up to here has been given out.
        self.settled = start
        self._waiting: dict[str, Logged] = {}
        self._given: OrderedDict[str, int] = OrderedDict()
        #: Events that appeared although a later time had been settled: Firestore promises that there are none.
        self.late = 0

    def add(self, logged: Logged) -> bool:
        """Take in an event, however often it has been seen; whether it was new."""
        position = logged.position
        if position.id in self._given or position.id in self._waiting or position.time <= self._start:
            return False
        if position.time <= self.settled:
            if position.time <= self.settled - _OVERLAP_NS:
                # Long out of memory: it was given out when it was new.
                return False
            self.late += 1
        self._waiting[position.id] = logged
        return True

    def settle(self, until: int) -> list[Logged]:
        """Everything committed up to `until` has been added: what was not given out before, in order."""
        ready = sorted((w for w in self._waiting.values() if w.position.time <= until), key=lambda w: w.position)
        for logged in ready:
            del self._waiting[logged.position.id]
            self._given[logged.position.id] = logged.position.time
        self.settled = max(self.settled, until)
        while self._given and next(iter(self._given.values())) <= self.settled - 2 * _OVERLAP_NS:
            self._given.popitem(last=False)
        return ready

    @property
    def waiting(self) -> int:
        """Events that have been seen and are not final."""
        return len(self._waiting)


def replayed(found: list[Logged], since: Position, now: int) -> list[Logged]:
    """Of what a query with overlap found, what lies behind `since` and is still worth telling at `now`, in order."""
    return sorted(
        (f for f in found if f.position > since and f.event.expires_at.timestamp() * 1e9 > now),
        key=lambda f: f.position,
    )
