"""What cancelling costs: tiers of hours before the visit, as data.

The terms an appointment was booked under go with it. A provider's cancellation never costs anything.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.scheduling.booking.documents import Tier

#: The practice's id among policies; there is one practice.
PRACTICE = "practice"

#: Until a practice sets its own: free until a day before, half until two hours before, then the price.
#: Hours before the visit, and per cent of the price.
_DEFAULT = ((24, 0), (2, 50), (0, 100))


def default_tiers() -> list[Tier]:
    """The terms of a practice that has not set its own."""
    return [Tier(hours_before=hours, fee_percent=percent) for hours, percent in _DEFAULT]


class Settlement(NamedTuple):
    """What a cancellation comes to, in the currency's smallest unit."""

    tier: Tier | None
    fee: int
    refund: int


def settle(
    tiers: Sequence[Tier], start: datetime, now: datetime, *, amount: int, paid: bool, free: bool = False
) -> Settlement:
    """What cancelling now comes to for a visit at `start` of price `amount`.

    The first tier whose hours are still left applies, from the longest; past the last the visit costs in full. `free`
    for cancellations by the practice, and waived fees. A refund goes only to who has paid.
    """
    tier = tier_at(tiers, start, now)
    percent = 0 if free else 100 if tier is None else tier.fee_percent
    # Half a cent is the patient's.
    fee = amount * percent // 100
    return Settlement(tier, fee, amount - fee if paid else 0)


def tier_at(tiers: Sequence[Tier], start: datetime, now: datetime) -> Tier | None:
    """The tier that applies now; None when the visit is nearer than every tier, or over."""
    left = start - now
    fitting = [tier for tier in tiers if left >= timedelta(hours=tier.hours_before)]
    return max(fitting, key=lambda tier: tier.hours_before, default=None)
