"""How good connections are: what apps measure, before a call and on it."""

from datetime import timedelta
from typing import Literal

from shared.calls.access import access_call
from shared.calls.documents import CallQuality
from shared.calls.models import QualityOut, QualityReport
from shared.context import Context
from shared.errors import NotFound
from shared.store.document import new_id

Verdict = Literal["good", "fair", "poor"]
#: For the time in which somebody complains about a call.
_KEPT = timedelta(days=90)


def report(ctx: Context, call_id: str, body: QualityReport) -> QualityOut:
    """Keep what an app measured, and say what it means. Raises `NotFound`."""
    call = access_call(ctx, call_id, to="read")
    if call.part(ctx.caller.id) is None:
        raise ctx.refuse(NotFound())
    ctx.unit.create(
        CallQuality(
            id=new_id(),
            call_id=call.id,
            user_id=ctx.caller.id,
            created_at=ctx.now,
            expires_at=ctx.now + _KEPT,
            **body.model_dump(),
        )
    )
    return QualityOut(call_id=call.id, verdict=_verdict(body))


def _verdict(body: QualityReport) -> Verdict:
    """By the thresholds of ITU-T G.114 (delay) and common practice for loss and jitter in conversations."""
    loss, delay, jitter = body.packet_loss_percent or 0, body.round_trip_ms or 0, body.jitter_ms or 0
    if loss > 5 or delay > 800 or jitter > 100 or (body.score is not None and body.score <= 1):
        return "poor"
    if loss > 2 or delay > 300 or jitter > 40 or (body.score is not None and body.score <= 3):
        return "fair"
    return "good"
