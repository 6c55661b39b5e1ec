"""What people agree to on a call, and taking it back.

A call is recorded, and what is said on it transcribed, only while everybody who has been on it agrees. Whoever takes it
back stops that at once, and what was made of it is erased: recordings, transcripts, unsigned drafts; never a signed
note. What a legal hold protects is kept, out of everybody's reach.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.calls import rooms
from shared.calls.access import access_call
from shared.calls.documents import Call, Participant
from shared.calls.joining import changed
from shared.calls.recording_models import ConsentsOut
from shared.context import Context
from shared.errors import NotFound
from shared.patients.sharing import recorded_consent, recorded_withdrawal, withdrawal_id
from shared.patients.sharing_documents import Consent, ConsentKind

if TYPE_CHECKING:
    from shared.calls.recording_models import CallConsent

_KINDS: dict[str, ConsentKind] = {"recording": "recording", "scribe": "ai_scribe"}


def consent(ctx: Context, call_id: str, body: "CallConsent") -> ConsentsOut:
    """Record what the caller agrees to, also of a call that is over. Raises `NotFound`, `CallByMeet`."""
    known = ctx.unit.get(Call, call_id)
    for entry in _entries(known.part(ctx.caller.id)) if known is not None else ():
        ctx.unit.want(Consent, entry)
        ctx.unit.want(Consent, withdrawal_id(entry))
    call = access_call(ctx, call_id, to="read")
    part = call.part(ctx.caller.id)
    if part is None:
        raise ctx.refuse(NotFound())
    # What is agreed to here holds for our recordings alone, and could stop nothing there.
    rooms.ours(call)
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
    return _kept(ctx, call, part, new, changes)


def withdrawn(ctx: Context, withdrawal: Consent) -> None:
    """What follows on the call when what was agreed to on it is taken back among the patient's consents."""
    name = next((name for name, kind in _KINDS.items() if kind == withdrawal.kind), None)
    call = ctx.unit.get(Call, withdrawal.ref_id) if name is not None and withdrawal.ref_id is not None else None
    if name is None or call is None:
        return
    entry = f"{name}_consent_id"
    part = next((p for p in call.participants if getattr(p, entry) == withdrawal.withdraws), None)
    if part is not None:
        new = {name: False}
        _kept(ctx, call, part, new, {**new, "consent_at": ctx.now, entry: None})


def _entries(part: Participant | None) -> list[str]:
    """Ids of the patient's consents that stand for what somebody said on a call."""
    return [i for i in (part.recording_consent_id, part.scribe_consent_id) if i is not None] if part else []


def _kept(ctx: Context, call: Call, part: Participant, new: dict[str, bool], changes: dict[str, Any]) -> Call:
    """The call with what somebody says now; what was taken back has its consequences at once."""
    call = changed(ctx, call, part, **changes)
    told = {name: str(value).lower() for name, value in new.items()}
    ctx.emit(call.user_ids, "call:consent", {"callId": call.id, "userId": part.user_id, **told})
    if False not in new.values():
        return call
    at = ctx.now.timestamp()
    if part.joined_at is not None:
        gone = {name: ctx.now for name, value in new.items() if not value}
        call = ctx.unit.update(call, withdrawn={**call.withdrawn, **gone})
    if new.get("recording") is False and call.recording_on:
        # Its worker finds that nobody wants it any more.
        ctx.enqueue("drive_recording", call.recording_ids[-1], dedupe_key=f"drive:{call.recording_ids[-1]}:{at}")
        call = ctx.unit.update(call, recording_on=False)
    ctx.enqueue("erase_call_material", call.id, dedupe_key=f"erase:{call.id}:{at}")
    return call
