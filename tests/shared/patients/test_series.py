"""Vital signs as lines for a chart."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.patients.clinical_documents import Measures, Vitals
from shared.patients.series import line, lines

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
values = st.lists(
    st.tuples(
        st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        st.integers(2000, 4500).map(lambda hundredths: hundredths / 100),
    ),
    max_size=120,
).map(lambda taken: sorted(taken, key=lambda value: value[0]))


@settings(max_examples=200)
@given(values, st.integers(1, 60))
def test_a_line_keeps_count_extremes_and_order_within_its_limit(taken, most) -> None:
    made = line(taken, most)
    assert len(made.points) <= most
    assert sum(point.n for point in made.points) == len(taken)
    assert [p.t for p in made.points] == sorted({p.t for p in made.points}) or made.bucket_days == 0
    if made.bucket_days == 0:
        assert [(p.t, p.v) for p in made.points] == taken
        return
    assert len(taken) > most
    assert min(p.min for p in made.points) == min(v for _, v in taken)
    assert max(p.max for p in made.points) == max(v for _, v in taken)
    for point in made.points:
        until = point.t + timedelta(days=made.bucket_days)
        held = [v for t, v in taken if point.t <= t < until]
        assert (len(held), min(held), max(held)) == (point.n, point.min, point.max)
        assert point.min <= point.v <= point.max
        assert abs(point.v - sum(held) / len(held)) <= 0.0051


def test_days_are_those_of_utc_and_buckets_begin_with_the_first() -> None:
    late = datetime.fromisoformat("2024-03-10T23:30:00-05:00")
    made = line([(NOON, 1.0), (NOON, 3.0), (late, 5.0)], most=2)
    assert made.bucket_days == 1
    assert [(p.t, p.v, p.n) for p in made.points] == [
        (datetime(2024, 3, 10, tzinfo=UTC), 2.0, 2),
        (datetime(2024, 3, 11, tzinfo=UTC), 5.0, 1),
    ]


def test_buckets_grow_by_whole_days_until_they_are_few_enough() -> None:
    taken = [(NOON + timedelta(days=n), float(n)) for n in range(10)]
    assert [(p.v, p.n) for p in line(taken, 4).points] == [(1.0, 3), (4.0, 3), (7.0, 3), (9.0, 1)]


def test_only_what_was_measured_has_a_line_and_zero_would_count() -> None:
    def vitals(day: int, **measures) -> Vitals:
        at = NOON + timedelta(days=day)
        return Vitals(
            id=str(day), patient_id="p", recorded_by="u", recorded_date=at, measures=Measures(**measures), created_at=at
        )

    found = lines([vitals(1, heart_rate=70), vitals(0, heart_rate=60, weight=80.5), vitals(2, heart_rate=0)])
    assert found.keys() == {"heart_rate", "weight"}
    assert [p.v for p in found["heart_rate"].points] == [60, 70, 0]
    assert lines([]) == {}
