"""Answering, joining, declining, and being let in."""

from typing import Any

from shared.calls import rooms
from shared.calls.access import access_call
from shared.calls.documents import Call, Participant
from shared.calls.ending import finish
from shared.calls.models import CallOut, JoinedCall, values
from shared.context import Context
from shared.errors import CallOver, ConsentRequired, Detail, NotFound, ValidationFailed


def show(ctx: Context, call_id: str) -> CallOut:
    """A call. Raises `NotFound`."""
    return CallOut.model_validate(values(access_call(ctx, call_id, to="read"), ctx.settings))


def join(ctx: Context, call_id: str) -> JoinedCall:
    """Be on a call: what the caller needs for that, or that they wait to be let in.

    Raises `NotFound`, `CallOver`, and `ConsentRequired` while it is recorded and the caller has not agreed to that.
    """
    call = access_call(ctx, call_id, to="join")
    return joined(ctx, enter(ctx, call))


def enter(ctx: Context, call: Call) -> Call:
    """The call with the caller on it, or waiting."""
    part = call.part(ctx.caller.id)
    if part is None:
        raise ctx.refuse(NotFound())
    if not call.live:
        raise CallOver
    if call.recording_on and part.recording is not True:
        raise ConsentRequired("This call is being recorded: agree to that before you join.")
    if not part.admitted:
        if part.state != "waiting":
            call = changed(ctx, call, part, state="waiting")
            ctx.emit(hosts(call), "call:waiting", {"callId": call.id, "userId": part.user_id})
        return call
    if part.state == "joined":
        return call
    call = changed(ctx, call, part, state="joined", joined_at=part.joined_at or ctx.now, left_at=None)
    return _answered(ctx, call)


def _answered(ctx: Context, call: Call) -> Call:
    """Two people on it: from now on it counts."""
    if call.state == "active" or sum(p.state == "joined" for p in call.participants) < 2:
        return call
    call = ctx.unit.update(call, state="active", answered_at=call.answered_at or ctx.now)
    said = {"callId": call.id, "roomId": call.room_id, "answeredAt": ctx.now.isoformat(), "userId": ctx.caller.id}
    ctx.emit(call.user_ids, "call:answered", said)
    return call


def decline(ctx: Context, call_id: str) -> CallOut:
    """Do not take a call. When nobody is left who might, it is over. Raises `NotFound`, `CallOver`."""
    call = access_call(ctx, call_id, to="join")
    part = call.part(ctx.caller.id)
    if part is None:
        raise ctx.refuse(NotFound())
    if not call.live or part.state in {"joined", "left"} or part.user_id == call.initiated_by:
        raise CallOver("This call is over, or you have taken it; end it instead.")
    if part.state != "declined":
        call = changed(ctx, call, part, state="declined")
        ctx.emit(call.user_ids, "call:declined", {"callId": call.id, "userId": part.user_id})
        others = [p for p in call.participants if p.user_id != call.initiated_by]
        if call.state == "ringing" and all(p.state in {"declined", "missed"} for p in others):
            call = finish(ctx, call, "declined", by=ctx.caller.id)
    return CallOut.model_validate(values(call, ctx.settings))


def admit(ctx: Context, call_id: str, user_id: str) -> CallOut:
    """Let somebody in who waits. Raises `NotFound`, `NotCallHost`, `CallByMeet`, `CallOver`, `ValidationFailed`."""
    call = access_call(ctx, call_id, to="host")
    rooms.ours(call)
    if not call.live:
        raise CallOver
    part = call.part(user_id)
    if part is None:
        raise ValidationFailed(details=[Detail("userId", "takes no part in this call")])
    if not part.admitted:
        call = changed(ctx, call, part, admitted=True)
        ctx.emit([user_id], "call:admitted", {"callId": call.id})
    return CallOut.model_validate(values(call, ctx.settings))


def hosts(call: Call) -> list[str]:
    """Those who decide about a call."""
    return [p.user_id for p in call.participants if p.room_role == "host"]


def changed(ctx: Context, call: Call, part: Participant, **changes: Any) -> Call:
    """The call with one part changed."""
    after = part.model_copy(update=changes)
    parts = [after if p.user_id == part.user_id else p for p in call.participants]
    return ctx.unit.update(call, participants=parts, updated_at=ctx.now)


def joined(ctx: Context, call: Call) -> JoinedCall:
    """A call with what the caller needs to be on it; nothing of that while they wait."""
    from datetime import timedelta

    part = call.part(ctx.caller.id)
    waiting = part is None or not part.admitted
    token = None if waiting else rooms.token(ctx, call)
    values_ = values(call, ctx.settings)
    return JoinedCall.model_validate(
        values_
        | {
            "auth_token": token,
            "room_role": part.room_role if part is not None else "guest",
            "waiting": waiting,
            "room_url": values_["room_url"],
            "expires_at": ctx.now + timedelta(minutes=ctx.settings.call_token_minutes) if token else None,
        }
    )
