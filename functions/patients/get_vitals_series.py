"""Read a patient's vital signs as lines for a chart.

For each sign that was taken, points in order of time: `t` and `v`. A line of more than 500 points is thinned: its
points are means over days (or several days, see `bucketDays`), with the least and the greatest value. Looks at the
newest 2,000 sets of the span; `truncated` says whether there are more. Without `from`, a year.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.patients import access_patient
from shared.patients.series_models import SeriesOut, SeriesSpan
from shared.patients.vitals_history import chart


@endpoint("GET /patients/{patientId}/vitals/series", access=signed_in, trips=3, errors=[ScopeNotGranted])
def get_vitals_series(ctx: Context, patientId: str, query: SeriesSpan) -> SeriesOut:
    return chart(ctx, access_patient(ctx, patientId, to="read"), query)
