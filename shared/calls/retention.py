"""Calls whose time is over: who talked and what was said is erased, a tombstone stays (RESOLUTIONS: Retention).

A call's log entries and transcript go with it. Recordings have a time of their own, which is not longer, and files
follow by their own schedule; the message of a call is the chat's.
"""

from typing import Any

from shared.ai.transcripts import ERASED, Transcript, transcript_id
from shared.calls.documents import CALLS_BY_AGE, Call, CallLog, Recording, log_id
from shared.context import Context
from shared.retention import erase_by_age, kept_since


def expire(ctx: Context) -> None:
    """Erase calls made CALL_RETENTION_YEARS ago, with their logs and transcripts, but for what a legal hold keeps."""
    erase_by_age(
        ctx,
        CALLS_BY_AGE,
        kept_since(ctx, ctx.settings.call_retention_years),
        want=_want,
        erase=_erase,
    )


def _want(ctx: Context, call: Call) -> None:
    ctx.unit.want(Transcript, transcript_id("calls", call.id))
    for user_id in call.user_ids:
        ctx.unit.want(CallLog, log_id(call.id, user_id))
    for recording_id in call.recording_ids:
        ctx.unit.want(Recording, recording_id)


def _erase(ctx: Context, call: Call) -> None:
    unit = ctx.unit
    for entry in unit.get_all(CallLog, [log_id(call.id, user_id) for user_id in call.user_ids]):
        if entry is not None:
            # Out of everybody's list, which asks by account.
            unit.update(entry, user_id="", peer_ids=[], names={}, patient_id=None)
    transcript = unit.get(Transcript, transcript_id("calls", call.id))
    if transcript is not None:
        unit.update(transcript, **ERASED, scribe_allowed=False, patient_id=None, updated_at=ctx.now)
    for recording in unit.get_all(Recording, call.recording_ids) if call.recording_ids else []:
        if recording is not None:
            gone: dict[str, Any] = dict.fromkeys(("source_url", "asset_id", "vendor_id", "patient_id"))
            unit.update(recording, state="erased", room_id="", **gone, updated_at=ctx.now)
    if call.patient_id is not None:
        ctx.touch(call.patient_id)
    unit.update(
        call,
        state="cancelled" if call.live else call.state,
        participants=[],
        names={},
        initiated_by="",
        ended_by=None,
        patient_id=None,
        appointment_id=None,
        chat_id=None,
        room_id="",
        meeting_url=None,
        reported_duration=None,
        recording_on=False,
        erased=True,
        erased_at=ctx.now,
        updated_at=ctx.now,
    )
