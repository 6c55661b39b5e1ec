"""Erasing what was made of a call from which somebody has withdrawn."""

from datetime import datetime
from typing import Final, Literal

from shared.calls import vendor
from shared.calls.documents import RUNNING, Call, Recording
from shared.context import Context
from shared.files.documents import AnyFile
from shared.files.sweeping import erase as erase_file
from shared.notes.documents import NOTES_OF_CALL, ClinicalNote
from shared.notes.erasing import erase as erase_note
from shared.retention import held
from shared.scribe.erasing import erase_of_call, shut

_Agreed = Literal["recording", "scribe"]
_AGREED: Final[tuple[_Agreed, ...]] = ("recording", "scribe")
_MOST_NOTES: Final = 100


def erase(ctx: Context, call_id: str) -> None:
    """Erase what nobody may have any more: recordings (recording withdrawn), transcripts and unsigned drafts (either).

    Also when it was agreed to again since: then what was made before. Safe to repeat. Signed notes stay. A draft that a
    clinician wrote by hand is thrown away, and erased where something generated was offered for it. Under a legal hold
    everything is only taken out of reach.
    Raises `CallsUnavailable`, `StorageUnavailable`: then it is tried again.
    """
    call = ctx.unit.get(Call, call_id)
    if call is None:
        return
    until: dict[_Agreed, datetime] = {name: ctx.now for name in _AGREED if call.refused(name)}
    until = {**call.withdrawn, **until}
    if not until:
        return
    keep = held(ctx, call.patient_id, call.chat_id)
    if "recording" in until:
        for found in ctx.unit.get_all(Recording, call.recording_ids) if call.recording_ids else []:
            if found is not None and found.started_at <= until["recording"]:
                _recording(ctx, found, keep=keep)
    shut(ctx, call_id, keep=keep)
    ctx.commit()
    if not keep:
        erase_of_call(ctx, call_id, between=ctx.commit)
    for note in ctx.unit.find(NOTES_OF_CALL, callId=call_id, limit=_MOST_NOTES):
        if not note.is_signed and not note.erased:
            _draft(ctx, note, keep=keep)
    _done(ctx, call)


def _done(ctx: Context, call: Call) -> None:
    """What was taken back until this began is erased; what was taken back meanwhile has a task of its own."""
    ctx.unit.forget(Call, call.id)
    now = ctx.unit.get(Call, call.id)
    if now is not None:
        left = {name: at for name, at in now.withdrawn.items() if call.withdrawn.get(name) != at}
        ctx.unit.update(now, withdrawn=left)


def _recording(ctx: Context, recording: Recording, *, keep: bool) -> None:
    if recording.state in RUNNING | {"stopping"}:
        vendor.stop_recording(ctx.settings, recording.room_id)
    record = ctx.unit.get(AnyFile, recording.file_id, deleted=True)
    if record is not None and not keep and record.erased_at is None:
        erase_file(ctx, record)
    elif record is not None and not record.deleted:
        ctx.unit.update(record, deleted=True, deleted_at=ctx.now)
    ctx.unit.update(recording, state="erased", source_url=None, updated_at=ctx.now)


def _draft(ctx: Context, note: ClinicalNote, *, keep: bool) -> None:
    if note.suggestion_ids and not keep:
        erase_note(ctx, note)
    else:
        ctx.unit.delete(note)
