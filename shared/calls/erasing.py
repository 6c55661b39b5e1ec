"""Erasing what was made of a call from which somebody has withdrawn."""

from typing import Any

from shared.ai.transcripts import Transcript, transcript_id
from shared.calls import vendor
from shared.calls.documents import RUNNING, Call, Recording
from shared.context import Context
from shared.files.documents import AnyFile
from shared.files.sweeping import erase as erase_file
from shared.notes.documents import NOTES_OF_CALL
from shared.retention import held

_MOST_NOTES = 100


def erase(ctx: Context, call_id: str) -> None:
    """Erase what nobody may have any more: recordings (recording withdrawn), transcripts and unsigned drafts (either).

    Safe to repeat. Signed notes stay. Under a legal hold everything is only taken out of reach.
    Raises `CallsUnavailable`, `StorageUnavailable`: then it is tried again.
    """
    call = ctx.unit.get(Call, call_id)
    if call is None:
        return
    there = [p for p in call.participants if p.joined_at is not None]
    recording, scribe = (any(getattr(p, name) is False for p in there) for name in ("recording", "scribe"))
    if not (recording or scribe):
        return
    keep = held(ctx, call.patient_id, call.chat_id)
    if recording:
        for found in ctx.unit.get_all(Recording, call.recording_ids) if call.recording_ids else []:
            if found is not None:
                _recording(ctx, found, keep=keep)
    _transcript(ctx, call_id, keep=keep)
    for note in ctx.unit.find(NOTES_OF_CALL, callId=call_id, limit=_MOST_NOTES):
        if not note.is_signed:
            ctx.unit.delete(note)


def _recording(ctx: Context, recording: Recording, *, keep: bool) -> None:
    if recording.state in RUNNING | {"stopping"}:
        vendor.stop_recording(ctx.settings, recording.room_id)
    record = ctx.unit.get(AnyFile, recording.file_id, deleted=True)
    if record is not None and not keep and record.erased_at is None:
        erase_file(ctx, record)
    elif record is not None and not record.deleted:
        ctx.unit.update(record, deleted=True, deleted_at=ctx.now)
    ctx.unit.update(recording, state="erased", source_url=None, updated_at=ctx.now)


def _transcript(ctx: Context, call_id: str, *, keep: bool) -> None:
    transcript = ctx.unit.get(Transcript, transcript_id("calls", call_id))
    if transcript is None:
        return
    nothing: dict[str, Any] = {"segments": [], "text": "", "summary": None, "key_points": [], "action_items": []}
    gone: dict[str, Any] = {} if keep else nothing
    ctx.unit.update(
        transcript,
        state="failed",
        failure="CONSENT_REQUIRED",
        scribe_allowed=False,
        pieces_done=0,
        updated_at=ctx.now,
        **gone,
    )
