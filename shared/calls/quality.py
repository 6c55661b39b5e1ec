"""How good connections are: what apps measure, before a call and on it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from shared.calls.access import access_call, want_relation
from shared.calls.documents import QUALITY_OF_CALL, CallQuality
from shared.calls.quality_models import MeasuredOut, QualityOut
from shared.context import Context
from shared.errors import NotFound
from shared.store.document import new_id
from shared.store.query import Page, Paging

if TYPE_CHECKING:
    from shared.calls.quality_models import QualityReport

Verdict = Literal["good", "fair", "poor"]
#: For the time in which somebody complains about a call.
_KEPT = timedelta(days=90)
_NEWS = timedelta(seconds=30)


def report(ctx: Context, call_id: str, body: "QualityReport") -> QualityOut:
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
    verdict = _verdict(body)
    others = [user_id for user_id in call.user_ids if user_id != ctx.caller.id]
    if verdict == "poor" and call.live:
        # So that who waits for an answer knows why there is none.
        said = {"callId": call.id, "userId": ctx.caller.id, "verdict": verdict}
        ctx.emit(others, "call:quality", said, life=_NEWS)
    return QualityOut(call_id=call.id, verdict=verdict)


def reports(ctx: Context, call_id: str, paging: Paging) -> Page[MeasuredOut]:
    """A page of what was measured on a call, the latest first, for clinicians. Raises `NotFound`."""
    want_relation(ctx, call_id)
    # Found by the call's id alone, and read beside the relationship that says whether it may be seen.
    page = ctx.unit.page(QUALITY_OF_CALL, paging, beside=[ctx.unit.reading_wanted()], callId=call_id)
    access_call(ctx, call_id, to="write")
    return page.map([MeasuredOut.model_validate({**row.model_dump(), "verdict": _verdict(row)}) for row in page.data])


def _verdict(body: "QualityReport | CallQuality") -> Verdict:
    """By the thresholds of ITU-T G.114 (delay) and common practice for loss and jitter in conversations."""
    loss, delay, jitter = body.packet_loss_percent or 0, body.round_trip_ms or 0, body.jitter_ms or 0
    if loss > 5 or delay > 800 or jitter > 100 or (body.score is not None and body.score <= 1):
        return "poor"
    if loss > 2 or delay > 300 or jitter > 40 or (body.score is not None and body.score <= 3):
        return "fair"
    return "good"
