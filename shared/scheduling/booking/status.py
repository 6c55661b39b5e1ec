"""Which status may follow which, and when.

    pending ──► scheduled ──► confirmed ──► checked_in ──► completed
       │            │             │              │
       └────────────┴─────────────┴──────────────┴──► cancelled
                    └─────────────┴──► no_show ──► checked_in (recorded by mistake)

Going to `cancelled` is cancelling, with its policy; see `shared.scheduling.booking.cancelling`.
"""

from datetime import datetime, timedelta

from shared.scheduling.booking.documents import Status

_S = Status

FOLLOWS: dict[Status, frozenset[Status]] = {
    _S.PENDING: frozenset({_S.SCHEDULED, _S.CONFIRMED, _S.CANCELLED}),
    _S.SCHEDULED: frozenset({_S.CONFIRMED, _S.CHECKED_IN, _S.COMPLETED, _S.NO_SHOW, _S.CANCELLED}),
    _S.CONFIRMED: frozenset({_S.SCHEDULED, _S.CHECKED_IN, _S.COMPLETED, _S.NO_SHOW, _S.CANCELLED}),
    _S.CHECKED_IN: frozenset({_S.COMPLETED, _S.CANCELLED}),
    _S.NO_SHOW: frozenset({_S.CHECKED_IN}),
    _S.COMPLETED: frozenset(),
    _S.CANCELLED: frozenset(),
}

#: Patients arrive early; a day before is another visit.
EARLIEST_CHECK_IN = timedelta(hours=4)


def may_follow(before: Status, after: Status, *, start: datetime, now: datetime) -> bool:
    """Whether an appointment that starts at `start` may go from one status to another now."""
    if after not in FOLLOWS[before]:
        return False
    if after in {Status.COMPLETED, Status.NO_SHOW}:
        # A visit can be brought forward once the patient is there, but nobody misses one that has not begun.
        return now >= start or (after is Status.COMPLETED and before is Status.CHECKED_IN)
    if after is Status.CHECKED_IN:
        return now >= start - EARLIEST_CHECK_IN
    return True
