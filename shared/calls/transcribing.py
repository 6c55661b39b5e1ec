"""Calls as text.

Somebody asks for it, or a call that was recorded ends with everybody agreed. A recording is transcribed piece by piece,
each a commit of its own: what is done is shown, and after a crash the next worker goes on behind it. Silence never
reaches the model. When it is done, clinicians who want that get a draft of a note.
"""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from shared import jobs
from shared.ai.speech import Piece, Spoken, listen, pieces
from shared.ai.transcripts import Transcript, text_of, transcript_id
from shared.calls import rooms
from shared.calls.access import access_call, want_relation
from shared.calls.documents import Call, Recording, spoken
from shared.calls.recording import content_of, stored
from shared.calls.transcript_models import CallTranscript, TranscriptOut
from shared.context import Context
from shared.errors import (
    AiAnswerUnusable,
    AiRefused,
    AiUnavailable,
    ApiError,
    AudioUnreadable,
    ConsentRequired,
    NotFound,
    RecordingMissing,
    StorageUnavailable,
    TranscriptMissing,
    WorkInProgress,
)
from shared.jobs import Job
from shared.store.unit import Unit

_LEASE: Final = timedelta(minutes=10)
_DONE: Final = frozenset({"done", "silent"})


def transcribe(ctx: Context, call_id: str) -> CallTranscript:
    """Have a call transcribed, once: the text, or the job that is making it.

    Raises `NotFound`, `NotCallHost`, `CallByMeet`, `ConsentRequired`, `RecordingMissing`.
    """
    key = transcript_id("calls", call_id)
    own = job_id(call_id, ctx.caller.id)
    ctx.unit.want(Transcript, key)
    ctx.unit.want(Job, own)
    known = ctx.unit.get(Call, call_id)
    for recording_id in known.recording_ids if known is not None else ():
        ctx.unit.want(Recording, recording_id)
    call = access_call(ctx, call_id, to="write")
    rooms.ours(call)
    if not _agreed(call):
        raise ctx.refuse(ConsentRequired())
    transcript = ctx.unit.get(Transcript, key)
    if transcript is not None and transcript.state in _DONE:
        return shown(call, transcript)
    if not stored(ctx, call):
        raise RecordingMissing
    job = ctx.unit.get(Job, own)
    if job is None:
        job = jobs.start(ctx, "transcribe_call", call.id, job_id=own, patient_id=call.patient_id)
    elif job.ended:
        job = jobs.start(ctx, "transcribe_call", call.id, patient_id=call.patient_id)
    awaited: CallTranscript = ctx.await_job(job.id, _finished)
    return awaited


def read(ctx: Context, call_id: str) -> TranscriptOut:
    """What there is of a call's transcript. Raises `NotFound`, `ConsentRequired`, `TranscriptMissing`."""
    want_relation(ctx, call_id)
    ctx.unit.want(Transcript, transcript_id("calls", call_id))
    call = access_call(ctx, call_id, to="write")
    transcript = ctx.unit.get(Transcript, transcript_id("calls", call_id))
    if transcript is None:
        raise TranscriptMissing
    if not (_agreed(call) and transcript.scribe_allowed):
        raise ctx.refuse(ConsentRequired())
    whole = transcript.model_dump(include=set(TranscriptOut.model_fields))
    return TranscriptOut.model_validate(whole | shown(call, transcript).model_dump())


def begin(ctx: Context, call: Call) -> None:
    """Have a call that is over transcribed by itself, once: when it was recorded and everybody agreed to scribing."""
    if call.live or not call.recording_ids or not _agreed(call):
        return
    owner = next((p.user_id for p in call.participants if p.room_role == "host" and p.joined_at), None)
    if owner is None or not stored(ctx, call):
        return
    own = job_id(call.id, owner)
    if ctx.unit.get(Job, own) is None:
        jobs.start(ctx, "transcribe_call", call.id, owner_id=owner, job_id=own)


def job_id(call_id: str, user_id: str) -> str:
    """Id of somebody's first job of transcribing a call."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:transcribe:{call_id}:{user_id}"))


def shown(call: Call, transcript: Transcript) -> CallTranscript:
    """A transcript as it is answered."""
    return CallTranscript(
        call_id=call.id,
        transcription=transcript.text,
        state=transcript.state,
        duration=spoken(call.duration_seconds),
        duration_seconds=transcript.duration_seconds,
        language=transcript.language,
    )


def result(ctx: Context, job: Job) -> dict[str, Any]:
    """What a finished job is shown by; access is asked again. Raises `NotFound`, `ConsentRequired`."""
    ctx.unit.want(Transcript, transcript_id("calls", job.ref))
    call = access_call(ctx, job.ref, to="write")
    transcript = ctx.unit.get(Transcript, transcript_id("calls", job.ref))
    if transcript is None or not _agreed(call):
        raise NotFound
    return shown(call, transcript).model_dump(mode="json", by_alias=True)


def _finished(unit: Unit, job: Job) -> CallTranscript:
    call, transcript = unit.get(Call, job.ref), unit.get(Transcript, transcript_id("calls", job.ref))
    if call is None or transcript is None or not _agreed(call):
        raise NotFound
    return shown(call, transcript)


def _agreed(call: Call) -> bool:
    return call.agreed("recording") and call.agreed("scribe")


# The worker


def work(ctx: Context, key: str) -> None:
    """Transcribe the call of a job; safe to repeat.

    Raises `WorkInProgress` while another worker is at it, `AiUnavailable`, `StorageUnavailable`: each is tried again.
    """
    job = ctx.unit.get(Job, key)
    if job is None or job.ended:
        return
    call = ctx.unit.get(Call, job.ref)
    if call is None or not _agreed(call):
        jobs.fail(ctx, job, ConsentRequired.code, ConsentRequired.reason)
        return
    recordings = stored(ctx, call)
    if not recordings:
        jobs.fail(ctx, job, RecordingMissing.code, RecordingMissing.reason)
        return
    transcript = ctx.unit.get(Transcript, transcript_id("calls", call.id))
    if transcript is not None and transcript.state in _DONE:
        jobs.finish(ctx, job, transcript.id)
        return
    if transcript is not None and transcript.lease_until is not None and transcript.lease_until > ctx.now:
        raise WorkInProgress
    _leased(ctx, call, transcript)
    claimed = jobs.claim(ctx, job.id)
    if claimed is None:
        # Its own lease says that a worker holds it which has not begun with the transcript.
        ctx.unit.reset()
        raise WorkInProgress
    try:
        _piece_by_piece(ctx, call.id, recordings)
    except (AiUnavailable, StorageUnavailable) as lost:
        _put_back(ctx, claimed, call.id, lost)
        raise
    except (AiRefused, AiAnswerUnusable, AudioUnreadable, ConsentRequired, RecordingMissing) as refused:
        _given_up(ctx, claimed, call.id, refused)
        return
    ctx.settle(lambda: _done(ctx, claimed.id, call.id))


def _leased(ctx: Context, call: Call, transcript: Transcript | None) -> None:
    until = datetime.now(UTC) + _LEASE
    if transcript is not None:
        state = "partial" if transcript.pieces_done else "running"
        ctx.unit.update(
            transcript, state=state, lease_until=until, scribe_allowed=True, failure=None, updated_at=ctx.now
        )
        return
    ctx.unit.create(
        Transcript(
            id=transcript_id("calls", call.id),
            ref_kind="calls",
            ref_id=call.id,
            patient_id=call.patient_id,
            state="running",
            scribe_allowed=True,
            lease_until=until,
            created_at=ctx.now,
            updated_at=ctx.now,
        )
    )


def _every_piece(ctx: Context, recordings: list[Recording]) -> Iterator[tuple[float, Piece]]:
    """Pieces of all recordings, and when in the call each begins. Raises `RecordingMissing` when its time is over."""
    first = recordings[0].started_at
    for recording in recordings:
        content = content_of(ctx, recording)
        if content is None:
            raise RecordingMissing
        begins = max(0.0, (recording.started_at - first).total_seconds())
        for piece in pieces(content):
            yield begins, piece


def _piece_by_piece(ctx: Context, call_id: str, recordings: list[Recording]) -> None:
    done = _transcript(ctx, call_id).pieces_done
    for number, (begins, piece) in enumerate(_every_piece(ctx, recordings), 1):
        if number > done:
            heard = listen(piece.audio, "audio/flac", offset=begins + piece.start)
            ctx.settle(partial(_kept, ctx, call_id, number, heard))


def _kept(ctx: Context, call_id: str, number: int, heard: Spoken) -> None:
    """Another piece is done. Raises `ConsentRequired` when somebody has withdrawn meanwhile."""
    ctx.unit.forget(Call, call_id)
    call, transcript = ctx.unit.get(Call, call_id), _transcript(ctx, call_id)
    if call is None or not _agreed(call):
        raise ConsentRequired
    ctx.unit.rest_on(call)
    if transcript.pieces_done >= number:
        return
    every = [*(transcript.segments if number > 1 else ()), *heard.segments]
    ctx.unit.update(
        transcript,
        state="partial",
        segments=every,
        text=text_of(every),
        pieces_done=number,
        language=transcript.language or heard.language,
        model=transcript.model or heard.model,
        input_tokens=transcript.input_tokens + heard.usage.input_tokens,
        output_tokens=transcript.output_tokens + heard.usage.output_tokens,
        cost_micro_usd=transcript.cost_micro_usd + heard.usage.cost_micro_usd,
        lease_until=datetime.now(UTC) + _LEASE,
        updated_at=datetime.now(UTC),
    )


def _done(ctx: Context, key: str, call_id: str) -> None:
    ctx.unit.forget(Call, call_id)
    ctx.unit.forget(Job, key)
    call, transcript, job = ctx.unit.get(Call, call_id), _transcript(ctx, call_id), ctx.unit.get(Job, key)
    if call is None or job is None:
        return
    if not _agreed(call):
        jobs.fail(ctx, job, ConsentRequired.code, ConsentRequired.reason)
        return
    ctx.unit.rest_on(call)
    ctx.unit.update(
        transcript,
        state="done" if transcript.segments else "silent",
        duration_seconds=max((s.end for s in transcript.segments), default=0.0),
        lease_until=None,
        updated_at=datetime.now(UTC),
    )
    jobs.finish(ctx, job, transcript.id)
    ctx.emit(call.user_ids, "call:transcribed", {"callId": call.id})
    if call.patient_id is not None and transcript.segments:
        _drafts(ctx, call, call.patient_id)


def _drafts(ctx: Context, call: Call, patient_id: str) -> None:
    """A draft for each clinician who was on it and wants that."""
    from shared.scribe.after_calls import draft_after_call

    for part in call.participants:
        if part.role in {"Doctor", "Nurse"} and part.joined_at is not None:
            draft_after_call(
                ctx,
                call_id=call.id,
                patient_id=patient_id,
                clinician_id=part.user_id,
                appointment_id=call.appointment_id,
                chat_id=call.chat_id,
            )


def _put_back(ctx: Context, job: Job, call_id: str, lost: ApiError) -> None:
    """Let the next attempt have it at once; what it says of itself outlives the refusal of this one."""
    ctx.unit.forget(Job, job.id)
    transcript, current = _transcript(ctx, call_id), ctx.unit.get(Job, job.id)
    given_up = isinstance(lost, AiUnavailable) and job.attempts >= ctx.settings.ai_job_attempts
    state = "partial" if transcript.pieces_done else "failed" if given_up else "queued"
    ctx.unit.update(transcript, state=state, lease_until=None, keep=True, failure=lost.reason if given_up else None)
    if current is not None and not current.ended:
        why = {"error_code": lost.code, "error_reason": lost.reason} if given_up else {}
        ctx.unit.update(current, status="failed" if given_up else "queued", lease_until=None, keep=True, **why)


def _given_up(ctx: Context, job: Job, call_id: str, why: ApiError) -> None:
    ctx.unit.reset()
    transcript = _transcript(ctx, call_id)
    ctx.unit.update(transcript, state="failed", failure=why.reason, lease_until=None, updated_at=datetime.now(UTC))
    jobs.fail(ctx, job, why.code, why.reason)


def _transcript(ctx: Context, call_id: str) -> Transcript:
    key = transcript_id("calls", call_id)
    ctx.unit.forget(Transcript, key)
    found = ctx.unit.get(Transcript, key)
    if found is None:
        raise NotFound
    return found
