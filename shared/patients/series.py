"""Vital signs over time, ready for a chart."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from shared.patients.clinical_documents import Vitals
from shared.patients.measures import UNITS

#: Points of one line that a chart can show and a phone can draw.
MOST_POINTS = 500


class Point(NamedTuple):
    """A value at a time; of several values, their mean with the least, the greatest and their number."""

    t: datetime
    v: float
    min: float | None = None
    max: float | None = None
    n: int = 1


class Line(NamedTuple):
    """One measure over time. `bucket_days` is 0 when the points are the measurements themselves."""

    bucket_days: int
    points: list[Point]


def lines(taken: Iterable[Vitals], most: int = MOST_POINTS) -> dict[str, Line]:
    """A line of at most `most` points for each measure that was taken at all, by attribute name."""
    ordered = sorted(taken, key=lambda vitals: vitals.recorded_date)
    found = {
        name: [(v.recorded_date, value) for v in ordered if (value := getattr(v.measures, name)) is not None]
        for name in UNITS
    }
    return {name: line(values, most) for name, values in found.items() if values}


def line(values: list[tuple[datetime, float]], most: int = MOST_POINTS) -> Line:
    """`values`, in order of time, as at most `most` points: themselves, or means over equal numbers of days (UTC)."""
    if len(values) <= most:
        return Line(0, [Point(t, v) for t, v in values])
    first, last = _day(values[0][0]), _day(values[-1][0])
    days = -(-((last - first).days + 1) // most)
    points = [
        _mean(first + timedelta(days=days * bucket), [v for _, v in held])
        for bucket, held in groupby(values, key=lambda value: (_day(value[0]) - first).days // days)
    ]
    return Line(days, points)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _mean(day: date, values: list[float]) -> Point:
    return Point(
        t=datetime(day.year, day.month, day.day, tzinfo=UTC),
        v=round(sum(values) / len(values), 2),
        min=min(values),
        max=max(values),
        n=len(values),
    )
