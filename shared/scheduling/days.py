"""What is busy on one day of one provider: the document that every booking writes.

`providerDays/{providerId}_{yyyy-mm-dd}` (the date in the provider's zone) holds all busy time of the day, holds
included. Whoever takes or frees time writes it, and the commit's precondition on it decides who was first; no other
document needs to be locked. Whoever takes time away (an exception, other hours, another zone) writes the days too, so
that a booking that has not seen the change does not get through.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal, Self

from shared.scheduling.slots import Slot, Span
from shared.store.document import Document, Value
from shared.store.unit import Conflicted, Unit

#: A day is of no use to anybody after this; what happened is on the appointments.
DAY_LIFE = timedelta(days=400)

#: How many busy times a day can have: a 5-minute grid around the clock, and as many holds.
MOST_BUSY = 600


class Busy(Value):
    """Time that is taken, in UTC minutes with its buffers. `ref_id` is the appointment or the hold."""

    start: int
    end: int
    kind: Literal["appointment", "hold"]
    ref_id: str
    #: How much of it is buffer.
    before: int = 0
    after: int = 0
    #: Whose hold it is: it does not count as busy for them.
    user_id: str | None = None
    #: When a hold is over, whether or not somebody has taken it out.
    expires_at: datetime | None = None

    @classmethod
    def of(
        cls,
        slot: Slot,
        kind: Literal["appointment", "hold"],
        ref_id: str,
        *,
        user_id: str | None = None,
        expires_at: datetime | None = None,
    ) -> Self:
        """What taking a slot makes busy."""
        return cls(
            start=slot.busy.start, end=slot.busy.end, before=slot.start - slot.busy.start,
            after=slot.busy.end - slot.end, kind=kind, ref_id=ref_id, user_id=user_id, expires_at=expires_at,
        )  # fmt: skip

    @property
    def span(self) -> Span:
        """The period, buffers included."""
        return Span(self.start, self.end)

    @property
    def visit(self) -> Span:
        """The period without its buffers."""
        return Span(self.start + self.before, self.end - self.after)


class ProviderDay(Document):
    """Busy time of a provider's day. It has ids and minutes only: who comes and why is on the appointment."""

    collection = "providerDays"
    ttl: ClassVar[str] = "expiresAt"

    provider_id: str
    #: In the provider's zone.
    date: date
    busy: list[Busy] = []
    #: `fences` of the schedule when it last took time of this day away; see `fence`.
    fences_seen: int = 0
    expires_at: datetime | None = None

    def busy_for(self, now: datetime, *, user_id: str | None = None, without: Iterable[str] = ()) -> list[Span]:
        """What is busy for `user_id`: not expired holds nor their own, nor what `without` names."""
        left_out = set(without)
        return [
            b.span
            for b in self.busy
            if b.ref_id not in left_out
            and (b.expires_at is None or b.expires_at > now)
            and not (b.kind == "hold" and user_id is not None and b.user_id == user_id)
        ]

    def appointments(self, within: Iterable[Span]) -> list[Busy]:
        """Appointments that overlap any of the periods, their buffers aside."""
        periods = list(within)
        booked = [b for b in self.busy if b.kind == "appointment"]
        return [b for b in booked if any(p.start < b.visit.end and b.visit.start < p.end for p in periods)]


def day_id(provider_id: str, day: date) -> str:
    """Deterministic id, so that a day can be read with the session."""
    return f"{provider_id}_{day.isoformat()}"


def want_days(unit: Unit, provider_id: str, days: Iterable[date]) -> None:
    """Ask for days with the next batch."""
    for day in days:
        unit.want(ProviderDay, day_id(provider_id, day))


def read_days(unit: Unit, provider_id: str, days: Iterable[date]) -> list[ProviderDay]:
    """Days as stored, in the order asked for; one that is not there yet is empty."""
    wanted = list(days)
    found = unit.get_all(ProviderDay, [day_id(provider_id, day) for day in wanted])
    return [
        stored or ProviderDay(id=day_id(provider_id, day), provider_id=provider_id, date=day)
        for stored, day in zip(found, wanted, strict=True)
    ]


def read_day(unit: Unit, provider_id: str, day: date) -> ProviderDay:
    """One day."""
    return read_days(unit, provider_id, [day])[0]


def take(unit: Unit, day: ProviderDay, busy: Busy, *, without: Iterable[str] = ()) -> ProviderDay:
    """Write `busy` to the day, without what `without` names and without holds that have expired.

    Whether the time is free is the caller's to find out, from the same `day`; that it stays so until the commit is
    the precondition's.
    """
    left_out = {busy.ref_id, *without}
    kept = [b for b in day.busy if b.ref_id not in left_out and (b.expires_at is None or b.expires_at > unit.now)]
    return _write(unit, day, busy=sorted([*kept, busy], key=lambda b: (b.start, b.ref_id)))


def release(unit: Unit, day: ProviderDay, ref_ids: Iterable[str]) -> ProviderDay:
    """Give the time of appointments or holds back."""
    gone = set(ref_ids)
    return _write(unit, day, busy=[b for b in day.busy if b.ref_id not in gone])


def fence(unit: Unit, day: ProviderDay, number: int) -> ProviderDay:
    """Make every booking of this day that is under way look again: its schedule is that of `number` now.

    One that has read the day before conflicts with this write. One that reads it after, but has the schedule from
    before, finds out by the number (`check_fence`). So bookings rest on the rules without writing them, which would
    have all of a provider's bookings wait for each other.
    """
    return _write(unit, day, fences_seen=max(number, day.fences_seen))


def check_fence(day: ProviderDay, fences: int) -> None:
    """Raise `Conflicted`, so that everything is read anew, if the schedule that was read is older than the day."""
    if day.fences_seen > fences:
        raise Conflicted


def _write(unit: Unit, day: ProviderDay, **changes: Any) -> ProviderDay:
    if unit.get(ProviderDay, day.id) is not None:
        return unit.update(day, **changes)
    expires = datetime(day.date.year, day.date.month, day.date.day, tzinfo=unit.now.tzinfo) + DAY_LIFE
    return unit.create(day.model_copy(update={**changes, "expires_at": expires}))
