"""Vital signs: recorded, listed, charted."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field, model_validator

from shared.context import Context
from shared.errors import Detail, ValidationFailed
from shared.http.answers import Model, Out
from shared.patients import fields, series
from shared.patients.clinical_documents import VITALS_OF_PATIENT, Vitals
from shared.patients.clinical_models import VitalsOut
from shared.patients.documents import Patient
from shared.patients.measures import UNITS, NewVitals
from shared.store.document import new_id, to_camel
from shared.store.query import Page, Paging

#: Sets of vital signs one chart reads at most: every one is a billed read, and has to be opened.
MOST_CHARTED = 2000
#: What a chart shows when nobody says since when.
CHARTED = timedelta(days=365)


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


def record(ctx: Context, patient: Patient, body: NewVitals) -> Vitals:
    """Put vital signs on the record, as taken by the caller. Raises `ValidationFailed` for a time before birth."""
    at = body.recorded_date or ctx.now
    if patient.date_of_birth is not None and at.date() < patient.date_of_birth:
        raise ValidationFailed(details=[Detail("recordedDate", "must not be before the patient's birth")])
    return ctx.unit.create(
        Vitals(
            id=new_id(),
            patient_id=patient.id,
            recorded_by=ctx.caller.id,
            recorded_date=at,
            measures=body.measures,
            notes=body.notes,
            created_at=ctx.now,
        )
    )


def shown(vitals: Vitals) -> VitalsOut:
    """Vital signs as they are answered: under the names of both seeds (C-087)."""
    measures = vitals.measures
    return VitalsOut(
        **{name: getattr(measures, name) for name in UNITS},
        **vitals.model_dump(include={"id", "patient_id", "recorded_by", "recorded_date", "notes", "created_at"}),
        day=vitals.recorded_date.date(),
        systolic=measures.systolic_bp,
        diastolic=measures.diastolic_bp,
    )


def history(ctx: Context, patient: Patient, query: VitalsList) -> Page[VitalsOut]:
    """A page of the vital signs of a span, newest first."""
    span = (fields.begins(query.start_date), fields.ends(query.end_date))
    page = ctx.unit.page(VITALS_OF_PATIENT, query, span=span, patientId=patient.id)
    return page.map([shown(vitals) for vitals in page.data])


def chart(ctx: Context, patient: Patient, span: SeriesSpan) -> SeriesOut:
    """The vital signs of a span as lines; the newest `MOST_CHARTED` sets, if there are more."""
    end = fields.ends(span.until)
    until = end or ctx.now
    since = fields.begins(span.since) or until - CHARTED
    found = ctx.unit.find(VITALS_OF_PATIENT, span=(since, end), limit=MOST_CHARTED + 1, patientId=patient.id)
    drawn = series.lines(found[:MOST_CHARTED])
    names = {name: to_camel(name) for name in drawn}
    return SeriesOut(
        since=since,
        until=until,
        truncated=len(found) > MOST_CHARTED,
        units={names[name]: UNITS[name] for name in drawn},
        bucket_days={names[name]: line.bucket_days for name, line in drawn.items()},
        series={names[name]: [PointOut.model_validate(p) for p in line.points] for name, line in drawn.items()},
    )
