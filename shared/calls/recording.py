"""Recording calls.

    wanted ──► recording ──► stopping ──► stored ──► erased        failed: the vendor gave up, or nobody agrees any more

A request only says what is wanted, and a task sees to it: it asks for consent again right before it tells the vendor to
record, and right after, so that no recording goes on that somebody has withdrawn from meanwhile. The content is fetched
from the vendor's link, which must lead to the vendor, and kept like every file of ours.
"""

from typing import TYPE_CHECKING, Any, Final

from shared import files
from shared.calls import rooms, vendor
from shared.calls.access import access_call, want_latest
from shared.calls.documents import RUNNING, Call, Recording
from shared.calls.recording_models import recording_out
from shared.calls.wishes import stop_wanted
from shared.context import Context
from shared.errors import (
    AlreadyDone,
    CallOver,
    CallsUnavailable,
    ConsentRequired,
    FileNotAccepted,
)
from shared.files import objects
from shared.files.documents import Ref, file_id_of, new_object
from shared.files.kinds import AUDIO, MP4, type_of
from shared.files.records import take_in
from shared.store.document import new_id

if TYPE_CHECKING:
    from shared.calls.recording_models import RecordCall, RecordingOut

_PLAYABLE: Final = AUDIO | {MP4}


def record(ctx: Context, call_id: str, body: "RecordCall") -> "RecordingOut":
    """Start or stop recording a call; what is so already stays so.

    Raises `NotFound`, `NotCallHost`, `CallOver`, `ConsentRequired`, `AlreadyDone` where there is nothing to stop,
    `CallByMeet`.
    """
    want_latest(ctx, call_id)
    call = access_call(ctx, call_id, to="host")
    latest = ctx.unit.get(Recording, call.recording_ids[-1]) if call.recording_ids else None
    rooms.ours(call)
    if body.action == "stop":
        stopped = stop_wanted(ctx, call) or latest
        if stopped is None:
            raise AlreadyDone("This call is not being recorded.")
        ctx.unit.update(call, recording_on=False, updated_at=ctx.now)
        _tell(ctx, call, stopped)
        return recording_out(stopped, ctx.settings)
    if not call.live:
        raise CallOver
    if not call.agreed("recording"):
        raise ctx.refuse(ConsentRequired())
    if latest is not None and latest.state in RUNNING and call.recording_on:
        return recording_out(latest, ctx.settings)
    name = new_object("recordings", ctx.now)
    made = ctx.unit.create(
        Recording(
            id=new_id(),
            call_id=call.id,
            patient_id=call.patient_id,
            room_id=call.room_id,
            object_name=name,
            file_id=file_id_of(name),
            started_by=ctx.caller.id,
            started_at=ctx.now,
            updated_at=ctx.now,
        )
    )
    ctx.unit.update(call, recording_on=True, recording_ids=[*call.recording_ids, made.id], updated_at=ctx.now)
    ctx.enqueue("drive_recording", made.id, dedupe_key=f"drive:{made.id}:{made.version}")
    _tell(ctx, call, made)
    return recording_out(made, ctx.settings)


def _tell(ctx: Context, call: Call, recording: Recording) -> None:
    told = {"callId": call.id, "recordingId": recording.id, "state": recording.state}
    ctx.emit(call.user_ids, "call:recording", told)


# Workers


def drive(ctx: Context, recording_id: str) -> None:
    """See to what is wanted of a recording. Safe to repeat. Raises `CallsUnavailable`: then it is tried again."""
    recording = ctx.unit.get(Recording, recording_id)
    if recording is None:
        return
    if recording.state == "stopping":
        vendor.stop_recording(ctx.settings, recording.room_id)
        return
    if recording.state not in RUNNING:
        return
    call = ctx.unit.get(Call, recording.call_id)
    if call is not None and _allowed(call):
        if recording.state == "wanted":
            _start(ctx, recording, call)
        return
    # Also one that is only wanted: a worker may have died when the vendor had begun and before it could say so.
    vendor.stop_recording(ctx.settings, recording.room_id)
    ended = "failed" if recording.state == "wanted" else "stopping"
    ctx.unit.update(recording, state=ended, stopped_at=ctx.now, updated_at=ctx.now)


def _start(ctx: Context, recording: Recording, call: Call) -> None:
    try:
        vendor_id = vendor.start_recording(ctx.settings, recording.room_id)
    except vendor.NoSuchRoom:
        raise CallsUnavailable from None
    before = [i for i in call.recording_ids if i != recording.id]
    others = ctx.unit.get_all(Recording, before) if before else []
    if any(other is not None and other.vendor_id == vendor_id for other in others):
        # The one before, which is being stopped: ours begins when it has.
        raise CallsUnavailable
    if ctx.settle(lambda: _begun(ctx, recording.id, vendor_id)) not in RUNNING:
        vendor.stop_recording(ctx.settings, recording.room_id)


def _allowed(call: Call) -> bool:
    return call.live and call.recording_on and call.agreed("recording")


def _begun(ctx: Context, recording_id: str, vendor_id: str) -> str:
    """Note that it runs, if that is still wanted; its state now."""
    ctx.unit.forget(Recording, recording_id)
    now = ctx.unit.get(Recording, recording_id)
    if now is None:
        return "failed"
    ctx.unit.forget(Call, now.call_id)
    call = ctx.unit.get(Call, now.call_id)
    state: Any = now.state
    if call is None or not call.agreed("recording"):
        state = "stopping" if state == "wanted" else state
    elif state == "wanted":
        state = "recording"
    after = ctx.unit.update(now, state=state, vendor_id=vendor_id, updated_at=ctx.now)
    if call is not None:
        # Withdrawn between now and the commit: the commit fails, and this asks again.
        ctx.unit.rest_on(call)
        _tell(ctx, call, after)
    return after.state


def fetch(ctx: Context, recording_id: str) -> None:
    """Bring a recording from the vendor into our own store. Safe to repeat.

    Raises `CallsUnavailable`, `StorageUnavailable`: then it is tried again.
    """
    recording = ctx.unit.get(Recording, recording_id)
    if recording is None or recording.state in {"stored", "erased", "failed"}:
        return
    call = ctx.unit.get(Call, recording.call_id)
    if call is None or not call.agreed("recording"):
        ctx.unit.update(recording, state="erased", source_url=None, updated_at=ctx.now)
        return
    content = _content(ctx, recording)
    mime_type = type_of(content) if content is not None else None
    if content is None or mime_type not in _PLAYABLE:
        _over(ctx, recording.id, "failed")
        return
    try:
        ctx.settle(lambda: _stored(ctx, recording.id, content, str(mime_type)))
    except FileNotAccepted:
        _over(ctx, recording.id, "failed")


def _content(ctx: Context, recording: Recording) -> bytes | None:
    """What the vendor has; by a fresh link where the one it sent has ended. None: it has nothing for us."""
    link = recording.source_url
    if link is not None and vendor.allowed_source(ctx.settings, link):
        try:
            return vendor.fetch(ctx.settings, link)
        except vendor.NoSuchRoom:
            pass
    if recording.asset_id is None:
        return None
    try:
        link = vendor.asset_link(ctx.settings, recording.asset_id)
        return vendor.fetch(ctx.settings, link) if vendor.allowed_source(ctx.settings, link) else None
    except vendor.NoSuchRoom:
        return None


def _stored(ctx: Context, recording_id: str, content: bytes, mime_type: str) -> None:
    ctx.unit.forget(Recording, recording_id)
    recording = ctx.unit.get(Recording, recording_id)
    if recording is None or recording.state in {"stored", "erased"}:
        return
    ctx.unit.forget(Call, recording.call_id)
    call = ctx.unit.get(Call, recording.call_id)
    if call is None or not call.agreed("recording"):
        # An attempt before this one may have put it into the store.
        objects.erase(ctx.settings, recording.object_name)
        ctx.unit.update(recording, state="erased", source_url=None, updated_at=ctx.now)
        return
    take_in(
        ctx,
        recording.object_name,
        content,
        mime_type,
        owner_id=recording.started_by,
        ref=Ref("calls", call.id),
        file_name="Recording of a call",
        patient_id=call.patient_id,
    )
    # Withdrawn between now and the commit: the commit fails, and this asks again.
    ctx.unit.rest_on(call)
    after = ctx.unit.update(recording, state="stored", source_url=None, updated_at=ctx.now)
    _tell(ctx, call, after)
    if not call.live:
        ctx.enqueue("finish_call", call.id, dedupe_key=f"finish:{call.id}:{recording.id}")


def _over(ctx: Context, recording_id: str, state: Any) -> None:
    ctx.unit.forget(Recording, recording_id)
    recording = ctx.unit.get(Recording, recording_id)
    if recording is not None and recording.state not in {"stored", "erased"}:
        ctx.unit.update(recording, state=state, source_url=None, updated_at=ctx.now)


def stored(ctx: Context, call: Call) -> list[Recording]:
    """The recordings of a call that can be played, in order."""
    found = ctx.unit.get_all(Recording, call.recording_ids) if call.recording_ids else []
    return [r for r in found if r is not None and r.state == "stored"]


def content_of(ctx: Context, recording: Recording) -> bytes | None:
    """What was recorded; None when it is gone. Raises `StorageUnavailable`."""
    record = ctx.unit.get(files.FileRecord, recording.file_id)
    return files.open_file(ctx, record) if record is not None and record.erased_at is None else None
