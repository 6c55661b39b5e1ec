"""Ending calls: by somebody, by time, or because the vendor saw everybody leave.

What the rest of the product hears of it is one commit; closing the room, the message in the chat and the visit's
check-out follow by a task, which may run again.
"""

from shared.calls import rooms
from shared.calls.documents import Call, CallLog, CallState, Outcome, Participant, log_id, spoken
from shared.calls.wishes import stop_wanted
from shared.context import Context
from shared.events import NotificationType


def finish(ctx: Context, call: Call, state: CallState | None, *, by: str | None) -> Call:
    """The call is over, as `state` or as follows from whether it was answered."""
    if state is None:
        state = "ended" if call.answered_at else "cancelled" if call.state == "open" else "missed"
    rang = [p.user_id for p in call.participants if p.state == "ringing"]
    seconds = seconds_answered(ctx, call)
    if call.recording_on:
        stop_wanted(ctx, call)
    ended = ctx.unit.update(
        call,
        state=state,
        ended_at=ctx.now,
        ended_by=by,
        duration_seconds=seconds,
        recording_on=False,
        participants=[_gone(ctx, p) for p in call.participants],
        updated_at=ctx.now,
    )
    if state != "cancelled":
        for part in ended.participants:
            ctx.unit.put(_log(ctx, ended, part))
    ids = {"callId": call.id, "state": state, "durationSeconds": str(seconds), "duration": spoken(seconds) or ""}
    ctx.emit(call.user_ids, "call:ended", ids)
    if call.state == "ringing":
        missed(ctx, call, rang)
    ctx.enqueue("finish_call", call.id, dedupe_key=f"finish:{call.id}")
    return ended


def missed(ctx: Context, call: Call, user_ids: list[str]) -> None:
    """Tell those who did not answer."""
    ctx.notify(user_ids, NotificationType.CALL_MISSED, ("calls", call.id), f"missed:{call.id}")


def seconds_answered(ctx: Context, call: Call) -> int:
    """Seconds since it was answered; 0 if it never was."""
    return max(0, int((ctx.now - call.answered_at).total_seconds())) if call.answered_at else 0


def _gone(ctx: Context, part: Participant) -> Participant:
    if part.state == "ringing":
        return part.model_copy(update={"state": "missed"})
    if part.state in {"joined", "waiting"}:
        return part.model_copy(update={"state": "left", "left_at": ctx.now, "present": False})
    return part


def _log(ctx: Context, call: Call, part: Participant) -> CallLog:
    outcome: Outcome
    if call.answered_at is None:
        outcome = "declined" if call.state == "declined" else "missed"
    else:
        outcome = "answered" if part.joined_at else "declined" if part.state == "declined" else "missed"
    if part.state == "declined":
        outcome = "declined"
    return CallLog(
        id=log_id(call.id, part.user_id),
        call_id=call.id,
        user_id=part.user_id,
        peer_ids=[p.user_id for p in call.participants if p.user_id != part.user_id],
        names={user_id: name for user_id, name in call.names.items() if user_id != part.user_id},
        patient_id=call.patient_id,
        direction="outgoing" if part.user_id == call.initiated_by else "incoming",
        status=outcome,
        call_type=call.call_type,
        duration_seconds=(call.duration_seconds or 0) if outcome == "answered" else 0,
        created_at=call.created_at,
        ended_at=ctx.now,
    )


# Workers


def ring_out(ctx: Context, call_id: str) -> None:
    """Time is up for those who have not answered. Safe to repeat."""
    call = ctx.unit.get(Call, call_id)
    if call is None or not call.live:
        return
    if call.state == "ringing":
        finish(ctx, call, "missed", by=None)
        return
    late = [p.user_id for p in call.participants if p.state == "ringing"]
    if late:
        parts = [p.model_copy(update={"state": "missed"}) if p.state == "ringing" else p for p in call.participants]
        ctx.unit.update(call, participants=parts, updated_at=ctx.now)
        missed(ctx, call, late)


def tidy(ctx: Context, call_id: str) -> None:
    """Close the room, say in the chat that there was a call, check the visit out. Safe to repeat.

    Raises `CallsUnavailable`: then it is tried again.
    """
    call = ctx.unit.get(Call, call_id)
    if call is None or call.live:
        return
    rooms.close_room(ctx, call)
    if call.chat_id is not None and call.state != "cancelled":
        _message(ctx, call, call.chat_id)
    if call.appointment_id is not None and call.answered_at is not None:
        from shared.scheduling.booking.documents import Appointment

        visit = ctx.unit.get(Appointment, call.appointment_id)
        if visit is not None:
            ctx.unit.update(visit, check_out_time=call.ended_at)
    if call.recording_ids:
        from shared.calls.transcribing import begin

        begin(ctx, call)


def _message(ctx: Context, call: Call, chat_id: str) -> None:
    from shared.chats.documents import Chat
    from shared.chats.posting import post

    chat = ctx.unit.get(Chat, chat_id)
    if chat is None:
        return
    kind = "Video call" if call.call_type == "video" else "Voice call"
    said = f"{kind}, {spoken(call.duration_seconds)}" if call.state == "ended" else f"{kind}, {call.state}"
    post(
        ctx,
        chat,
        kind="call_log",
        text=said,
        sender_id=call.initiated_by,
        call_id=call.id,
        call_type=call.call_type,
        client_id=f"call:{call.id}",
    )
