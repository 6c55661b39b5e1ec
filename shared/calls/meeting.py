"""Meetings as seed 002 speaks of them: calls by other words."""

from typing import TYPE_CHECKING

from shared.calls.access import access_call
from shared.calls.ending import finish
from shared.calls.joining import enter
from shared.calls.models import CallOut, values
from shared.context import Context

if TYPE_CHECKING:
    from shared.calls.models import MeetingStatus


def set_status(ctx: Context, call_id: str, body: "MeetingStatus") -> CallOut:
    """Begin, complete or cancel a meeting; who takes part begins it by joining.

    Raises `NotFound`, `NotCallHost`, `CallOver`, `ConsentRequired`.
    """
    if body.status == "in_progress":
        call = enter(ctx, access_call(ctx, call_id, to="join"))
    else:
        call = access_call(ctx, call_id, to="host")
        if call.live:
            cancelled = body.status == "cancelled" and call.answered_at is None
            call = finish(ctx, call, "cancelled" if cancelled else None, by=ctx.caller.id)
    return CallOut.model_validate(values(call, ctx.settings))
