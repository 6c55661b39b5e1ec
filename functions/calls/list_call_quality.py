"""List how good the connections of a call were, the latest report first.

What the apps of those on it measured before, during and after it, and what that means; kept 90 days. For clinicians who
may open the call.
"""

from shared.calls.quality import reports
from shared.calls.quality_models import MeasuredOut
from shared.http import Context, clinicians, endpoint
from shared.store.query import Page, Paging


@endpoint("GET /calls/{callId}/quality", access=clinicians, trips=3)
def list_call_quality(ctx: Context, callId: str, query: Paging) -> Page[MeasuredOut]:
    return reports(ctx, callId, query)
