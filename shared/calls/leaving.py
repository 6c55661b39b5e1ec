"""Leaving calls, which ends them when nobody else is in."""

from typing import TYPE_CHECKING

from shared.calls.access import access_call, want_latest
from shared.calls.documents import Call, Participant, Recording, spoken
from shared.calls.ending import finish, seconds_answered
from shared.calls.ending_models import EndedCall, EndedLog
from shared.calls.models import recording_url
from shared.context import Context
from shared.errors import NotFound

if TYPE_CHECKING:
    from shared.calls.ending_models import EndCall


def end(ctx: Context, call_id: str, body: "EndCall | None") -> EndedCall:
    """End a call; who is one of several on it, and no clinician, only leaves. Ended already, it stays as it is.

    Raises `NotFound`.
    """
    want_latest(ctx, call_id)
    call = access_call(ctx, call_id, to="read")
    part = call.part(ctx.caller.id)
    if part is None:
        raise ctx.refuse(NotFound())
    latest = ctx.unit.get(Recording, call.recording_ids[-1]) if call.recording_ids else None
    if call.live:
        if body is not None and body.duration is not None:
            call = ctx.unit.update(call, reported_duration=body.duration)
        call = _left(ctx, call, part) if _only_leaves(call, part) else finish(ctx, call, None, by=ctx.caller.id)
    url = recording_url(latest.file_id, ctx.settings) if latest is not None and latest.state != "erased" else None
    seconds = call.duration_seconds
    if seconds is None:
        seconds = seconds_answered(ctx, call)
    return EndedCall(
        call_log=EndedLog(
            id=call.id,
            duration=spoken(seconds),
            duration_seconds=seconds,
            reported_duration=call.reported_duration,
            recording_url=url,
        )
    )


def _only_leaves(call: Call, part: Participant) -> bool:
    others = sum(p.state == "joined" and p.user_id != part.user_id for p in call.participants)
    return part.room_role != "host" and others >= 2


def _left(ctx: Context, call: Call, part: Participant) -> Call:
    after = part.model_copy(update={"state": "left", "left_at": ctx.now})
    parts = [after if p.user_id == part.user_id else p for p in call.participants]
    ctx.emit(call.user_ids, "call:left", {"callId": call.id, "userId": part.user_id})
    return ctx.unit.update(call, participants=parts, updated_at=ctx.now)
