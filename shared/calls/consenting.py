"""What people agree to on a call, and taking it back.

A call is recorded, and what is said on it transcribed, only while everybody who has been on it agrees. Whoever takes it
back stops that at once, and what was made of it is erased: recordings, transcripts, unsigned drafts; never a signed
note. What a legal hold protects is kept, out of everybody's reach.
"""

from datetime import datetime
from typing import Any

from shared.calls.access import access_call
from shared.calls.documents import Call, Participant, Recording
from shared.calls.joining import changed
from shared.calls.models import CallConsent, ConsentsOut
from shared.calls.wishes import stop_wanted
from shared.context import Context
from shared.errors import NotFound
from shared.patients.documents import ConsentKind
from shared.patients.sharing import recorded_consent, recorded_withdrawal

_KINDS: dict[str, ConsentKind] = {"recording": "recording", "scribe": "ai_scribe"}


def consent(ctx: Context, call_id: str, body: CallConsent) -> ConsentsOut:
    """Record what the caller agrees to, also of a call that is over. Raises `NotFound`."""
    known = ctx.unit.get(Call, call_id)
    if known is not None and known.recording_ids:
        ctx.unit.want(Recording, known.recording_ids[-1])
    call = access_call(ctx, call_id, to="read")
    part = call.part(ctx.caller.id)
    if part is None:
        raise ctx.refuse(NotFound())
    wanted = {name: getattr(body, name) for name in ("recording", "scribe") if getattr(body, name) is not None}
    new = {name: value for name, value in wanted.items() if value != getattr(part, name)}
    if new:
        call = _said(ctx, call, part, new, body.text_version)
    return ConsentsOut(
        call_id=call.id,
        recording=call.agreed("recording"),
        scribe=call.agreed("scribe"),
        participants=[
            {"id": p.user_id, "recording": p.recording, "scribe": p.scribe, "at": _text(p.consent_at)}
            for p in call.participants
        ],
    )


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _said(ctx: Context, call: Call, part: Participant, new: dict[str, bool], text_version: str | None) -> Call:
    changes: dict[str, Any] = {**new, "consent_at": ctx.now}
    if call.patient_id is not None and call.patient_id == ctx.caller.user.patient_id:
        for name, value in new.items():
            entry = f"{name}_consent_id"
            stands = getattr(part, entry)
            if value:
                changes[entry] = recorded_consent(
                    ctx, call.patient_id, _KINDS[name], ref_id=call.id, text_version=text_version
                ).id
            elif stands is not None:
                recorded_withdrawal(ctx, stands)
                changes[entry] = None
    call = changed(ctx, call, part, **changes)
    told = {name: str(value).lower() for name, value in new.items()}
    ctx.emit(call.user_ids, "call:consent", {"callId": call.id, "userId": part.user_id, **told})
    if False in new.values():
        if new.get("recording") is False and call.recording_on:
            stop_wanted(ctx, call)
            call = ctx.unit.update(call, recording_on=False)
        ctx.enqueue("erase_call_material", call.id, dedupe_key=f"erase:{call.id}:{ctx.now.timestamp()}")
    return call
