"""Report how good the connection is.

Before the call (the check ahead of joining), during it, and after it. Answers what it means; kept 90 days. A poor one
is told to the others on the call (`call:quality`).
"""

from shared.calls.quality import report
from shared.calls.quality_models import QualityOut, QualityReport
from shared.http import Context, endpoint, signed_in


@endpoint("POST /calls/{callId}/quality", access=signed_in, trips=3)
def report_call_quality(ctx: Context, callId: str, body: QualityReport) -> QualityOut:
    return report(ctx, callId, body)
