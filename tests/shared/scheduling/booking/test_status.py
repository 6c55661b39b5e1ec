"""Which status may follow which."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.scheduling.booking.documents import Status, listed_under
from shared.scheduling.booking.status import FOLLOWS, may_follow

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STATUSES = st.sampled_from(list(Status))


def test_every_status_is_on_the_graph_and_can_be_reached() -> None:
    assert set(FOLLOWS) == set(Status)
    reached = {Status.PENDING, Status.SCHEDULED}
    for _ in Status:
        reached |= {after for before in reached for after in FOLLOWS[before]}
    assert reached == set(Status)


def test_what_has_ended_stays_ended() -> None:
    assert FOLLOWS[Status.COMPLETED] == FOLLOWS[Status.CANCELLED] == frozenset()


@given(STATUSES, STATUSES, st.integers(-1000, 1000))
def test_nothing_happens_before_its_time(before, after, minutes) -> None:
    start = NOW + timedelta(minutes=minutes)
    if may_follow(before, after, start=start, now=NOW):
        assert after in FOLLOWS[before]
        assert not (after is Status.NO_SHOW and minutes > 0)
        assert not (after is Status.COMPLETED and minutes > 0 and before is not Status.CHECKED_IN)
        assert not (after is Status.CHECKED_IN and minutes > 240)


@given(STATUSES, st.integers(1, 4))
def test_what_an_appointment_is_listed_under(status, people) -> None:
    staff = [f"user{n}" for n in range(people)]
    found = listed_under("patient", staff, status)
    assert len(found) == len(set(found))
    # Two viewers who choose a provider (patient, administrators), and one entry per state for everybody on the staff.
    states = 3 if status.is_open else 2
    assert len(found) == states * (people + 4)
    assert (f"p:patient|open|{staff[0]}" in found) is status.is_open
    assert f"u:{staff[-1]}|{status.value}" in found
