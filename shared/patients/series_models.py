"""Vital signs over time, as they are asked for and charted."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from shared.http.answers import Model, Out
from shared.patients import fields
from shared.store.query import Paging


class VitalsList(Paging):
    """Which vital signs to list, newest first; both ends are included."""

    start_date: fields.Edge | None = Field(None, description="Day (UTC) or time.", examples=["2024-01-01"])
    end_date: fields.Edge | None = Field(None, description="Day (UTC) or time.", examples=["2024-12-31"])

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        _check_order(self.start_date, self.end_date, "startDate", "endDate")
        return self


class SeriesSpan(Model):
    """Which vital signs to chart; both ends are included."""

    since: fields.Edge | None = Field(None, alias="from", description="Day (UTC) or time; 365 days before the end.")
    until: fields.Edge | None = Field(None, alias="to", description="Day (UTC) or time; now.")

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        _check_order(self.since, self.until, "from", "to")
        return self


class PointOut(Out):
    """A point of a line."""

    t: datetime
    v: float
    min: float | None = Field(description="Least value, where the point is a mean.")
    max: float | None
    n: int = Field(description="Measurements it stands for.")


class SeriesOut(Out):
    """Vital signs for a chart, one line per measure that was taken, oldest first."""

    since: datetime = Field(alias="from")
    until: datetime = Field(alias="to")
    truncated: bool = Field(description="Older measurements of this span were left out; ask for a shorter one.")
    units: dict[str, str] = Field(description="Unit of each line.")
    bucket_days: dict[str, int] = Field(description="Days of which each point is the mean; 0: measurements.")
    series: dict[str, list[PointOut]]


def _check_order(first: object, last: object, first_name: str, last_name: str) -> None:
    start, end = fields.begins(first), fields.ends(last)  # type: ignore[arg-type]
    if start is not None and end is not None and start >= end:
        raise ValueError(f"{first_name} must not be after {last_name}")
