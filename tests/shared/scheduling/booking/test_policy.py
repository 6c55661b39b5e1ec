"""What cancelling costs."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.scheduling.booking.documents import Tier
from shared.scheduling.booking.policy import default_tiers, settle, tier_at

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

#: Tiers as a practice can set them: the earlier, the cheaper.
LADDERS = st.lists(
    st.tuples(st.integers(0, 720), st.integers(0, 100)), min_size=1, max_size=6, unique_by=lambda tier: tier[0]
).map(
    lambda rows: [
        Tier(hours_before=hours, fee_percent=percent)
        for hours, percent in zip(
            sorted((hours for hours, _ in rows), reverse=True), sorted(percent for _, percent in rows), strict=True
        )
    ]
)
HOURS = st.floats(-48, 900, allow_nan=False)
AMOUNTS = st.integers(0, 10_000_000)


def naive(tiers: list[Tier], hours: float) -> int:
    """The fee in percent, by looking at one tier after the other."""
    for tier in tiers:
        if hours >= tier.hours_before:
            return tier.fee_percent
    return 100


@given(LADDERS, HOURS, AMOUNTS, st.booleans())
def test_nobody_pays_more_than_the_price_and_nothing_is_lost(tiers, hours, amount, paid) -> None:
    start = NOW + timedelta(seconds=round(hours * 3600))
    settled = settle(tiers, start, NOW, amount=amount, paid=paid)
    assert 0 <= settled.fee <= amount
    assert settled.fee + settled.refund == (amount if paid else settled.fee)
    assert settled.fee == amount * naive(tiers, round(hours * 3600) / 3600) // 100


@given(LADDERS, HOURS, HOURS, AMOUNTS)
def test_cancelling_earlier_never_costs_more(tiers, one, other, amount) -> None:
    near, far = sorted((one, other))
    fees = [settle(tiers, NOW + timedelta(hours=h), NOW, amount=amount, paid=True).fee for h in (far, near)]
    assert fees[0] <= fees[1]


@given(LADDERS, HOURS, AMOUNTS)
def test_the_practice_pays_everything_back(tiers, hours, amount) -> None:
    settled = settle(tiers, NOW + timedelta(hours=hours), NOW, amount=amount, paid=True, free=True)
    assert (settled.fee, settled.refund) == (0, amount)


def test_the_edge_of_a_tier_belongs_to_it() -> None:
    day = timedelta(hours=24)
    assert tier_at(default_tiers(), NOW + day, NOW).fee_percent == 0
    assert tier_at(default_tiers(), NOW + day - timedelta(seconds=1), NOW).fee_percent == 50
    assert tier_at(default_tiers(), NOW - timedelta(seconds=1), NOW) is None
