"""Where appointments could go that an exception closes over: pure, like the slots it is made from."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from shared.scheduling import zones
from shared.scheduling.availability import Schedule, free
from shared.scheduling.days import Busy, ProviderDay
from shared.scheduling.slots import Need, Slot


def propose(
    schedule: Schedule, days: Sequence[ProviderDay], displaced: Iterable[Busy], now: datetime
) -> dict[str, Slot | None]:
    """For each displaced appointment, by id, the first free slot on `days`, at its own time of day if that day has it.

    Whoever comes first is placed first, and no two are given overlapping time. `schedule` has the closures already.
    """
    ahead = {day.date: day for day in days}
    found: dict[str, Slot | None] = {}
    for visit in sorted(displaced, key=lambda busy: (busy.start, busy.ref_id)):
        slot = _first(schedule, ahead, visit, now)
        found[visit.ref_id] = slot
        if slot is not None:
            day = ahead[zones.local(slot.start, schedule.time_zone).date()]
            ahead[day.date] = day.model_copy(update={"busy": [*day.busy, Busy.of(slot, "appointment", visit.ref_id)]})
    return found


def _first(schedule: Schedule, ahead: dict[object, ProviderDay], visit: Busy, now: datetime) -> Slot | None:
    need = Need(visit.visit.end - visit.visit.start, visit.before, visit.after)
    usual = zones.shown(visit.visit.start, schedule.time_zone)
    for day in ahead.values():
        # The time it has now is closed, and so counts as free for whatever else is placed.
        slots = free(schedule, day, need=need, now=now, staff=True, without=[visit.ref_id])
        if slots:
            return next((s for s in slots if zones.shown(s.start, schedule.time_zone) == usual), slots[0])
    return None
