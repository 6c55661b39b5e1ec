"""Vital signs over time: listed, and charted."""

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.context import Context
from shared.patients import fields, series
from shared.patients.clinical_documents import VITALS_OF_PATIENT
from shared.patients.clinical_models import VitalsOut
from shared.patients.documents import Patient
from shared.patients.measures import UNITS
from shared.patients.series_models import PointOut, SeriesOut
from shared.patients.vitals import shown
from shared.store.document import to_camel
from shared.store.query import Page

if TYPE_CHECKING:
    from shared.patients.series_models import SeriesSpan, VitalsList

#: Sets of vital signs one chart reads at most: every one is a billed read, and has to be opened.
MOST_CHARTED = 2000
#: What a chart shows when nobody says since when.
CHARTED = timedelta(days=365)


def history(ctx: Context, patient: Patient, query: "VitalsList") -> Page[VitalsOut]:
    """A page of the vital signs of a span, newest first."""
    span = (fields.begins(query.start_date), fields.ends(query.end_date))
    page = ctx.unit.page(VITALS_OF_PATIENT, query, span=span, patientId=patient.id)
    return page.map([shown(vitals) for vitals in page.data])


def chart(ctx: Context, patient: Patient, span: "SeriesSpan") -> SeriesOut:
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
