"""What 100ms tells us: who is in a room, that a session is over, that a recording is ready.

Every webhook carries the secret it was configured with. One that comes twice is taken once; presence carries the
vendor's time, and what is older than what is known changes nothing, so that their order does not matter.
"""

import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.calls import vendor
from shared.calls.documents import (
    CALLS_OF_ROOM,
    Call,
    CallEvent,
    Participant,
    Recording,
    event_id,
)
from shared.calls.ending import finish
from shared.context import Context
from shared.errors import SignatureInvalid

if TYPE_CHECKING:
    from shared.calls.webhook_models import VendorEvent

#: How long a webhook is remembered; 100ms repeats for hours, not days.
_REMEMBERED = timedelta(days=7)


def receive(ctx: Context, event: "VendorEvent") -> None:
    """Take a webhook. Raises `SignatureInvalid`."""
    known = ctx.settings.hundred_ms_webhook_secret
    given = ctx.headers.get("x-webhook-secret", "")
    if not known or not hmac.compare_digest(given.encode(), known.encode()):
        raise ctx.refuse(SignatureInvalid())
    key = event_id(event.id)
    if ctx.unit.get(CallEvent, key) is not None:
        return
    ctx.unit.create(CallEvent(id=key, type=event.type[:100], received_at=ctx.now, expires_at=ctx.now + _REMEMBERED))
    room_id = event.data.get("room_id")
    if not isinstance(room_id, str) or not room_id or event.type not in _HANDLED:
        return
    found = ctx.unit.find(CALLS_OF_ROOM, roomId=room_id, limit=1)
    if found:
        ctx.about("calls", found[0].id)
        _HANDLED[event.type](ctx, found[0], event)


def _at(ctx: Context, event: "VendorEvent", name: str = "") -> datetime:
    """When the vendor says it happened; never later than now."""
    said = event.data.get(name) if name else None
    at = event.timestamp
    if isinstance(said, str):
        try:
            at = datetime.fromisoformat(said)
        except ValueError:
            at = event.timestamp
    if at is None:
        return ctx.now
    return min(at if at.tzinfo else at.replace(tzinfo=UTC), ctx.now)


def _joined(ctx: Context, call: Call, event: "VendorEvent") -> None:
    _presence(ctx, call, event, _at(ctx, event, "joined_at"), present=True)


def _left(ctx: Context, call: Call, event: "VendorEvent") -> None:
    _presence(ctx, call, event, _at(ctx, event, "left_at"), present=False)


def _presence(ctx: Context, call: Call, event: "VendorEvent", at: datetime, *, present: bool) -> None:
    part = call.part(str(event.data.get("user_id")))
    if part is None or not call.live or (part.presence_at is not None and part.presence_at >= at):
        return
    after = part.model_copy(update={"present": present, "presence_at": at})
    parts: list[Participant] = [after if p.user_id == part.user_id else p for p in call.participants]
    ctx.unit.update(call, participants=parts, updated_at=ctx.now)
    said = {"callId": call.id, "userId": part.user_id, "present": str(present).lower()}
    ctx.emit(call.user_ids, "call:presence", said, life=timedelta(minutes=5))


def _closed(ctx: Context, call: Call, event: "VendorEvent") -> None:
    """Everybody has left the room: a call that was answered is over. An earlier session's end is not this one's."""
    if call.state == "active" and call.answered_at is not None and _at(ctx, event) >= call.answered_at:
        finish(ctx, call, "ended", by=None)


def _recorded(ctx: Context, call: Call, event: "VendorEvent") -> None:
    """A recording is ready to be fetched."""
    recording = _recording_of(ctx, call, event.data)
    if recording is None or recording.state in {"stored", "erased"}:
        return
    link, asset = event.data.get("recording_presigned_url"), event.data.get("asset_id")
    url = link if isinstance(link, str) and vendor.allowed_source(ctx.settings, link) else None
    if url is None and not isinstance(asset, str):
        # Nothing that we would fetch; the audit says that somebody with the secret sent it.
        ctx.trail.details["refusedSource"] = True
        return
    ctx.unit.update(
        recording,
        source_url=url,
        asset_id=asset if isinstance(asset, str) else recording.asset_id,
        state="stopping",
        stopped_at=recording.stopped_at or ctx.now,
        updated_at=ctx.now,
    )
    if call.recording_on and call.recording_ids[-1] == recording.id:
        ctx.unit.update(call, recording_on=False)
    ctx.enqueue("fetch_recording", recording.id, dedupe_key=f"fetch:{recording.id}")


def _failed(ctx: Context, call: Call, event: "VendorEvent") -> None:
    recording = _recording_of(ctx, call, event.data)
    if recording is None or recording.state in {"stored", "erased", "failed"}:
        return
    ctx.unit.update(recording, state="failed", updated_at=ctx.now)
    if call.recording_on:
        ctx.unit.update(call, recording_on=False)
    ctx.emit(call.user_ids, "call:recording", {"callId": call.id, "recordingId": recording.id, "state": "failed"})


def _recording_of(ctx: Context, call: Call, data: dict[str, Any]) -> Recording | None:
    """The recording the vendor means: by its id of it, else the one that waits for its content."""
    found = [r for r in ctx.unit.get_all(Recording, call.recording_ids) if r is not None] if call.recording_ids else []
    named = {data.get("job_id"), data.get("recording_id"), data.get("beam_id")} - {None}
    exact = [r for r in found if r.vendor_id in named]
    waiting = [r for r in found if r.state in {"recording", "stopping"} and r.vendor_id is None]
    return next(iter([*exact, *waiting]), None)


_HANDLED = {
    "peer.join.success": _joined,
    "peer.leave.success": _left,
    "session.close.success": _closed,
    "beam.recording.success": _recorded,
    "recording.success": _recorded,
    "beam.failure": _failed,
    "recording.failed": _failed,
}
