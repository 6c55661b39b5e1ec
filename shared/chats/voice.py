"""Voice messages as text: transcribed once the recording is clean, or when somebody asks, by a job they may wait for.

    none ──► queued ──► running ──► done | silent | failed        `Message.audio.transcript_state`

Silence never reaches the model (`shared.ai.loudness`). A long message is transcribed piece by piece, and what is done
is kept when a later piece fails. A summary is made of what is long enough to have one; sentences of it that name no
line of the transcript are left out.
"""

import json
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared import files, jobs
from shared.ai.costs import Usage
from shared.ai.loudness import silent
from shared.ai.model import generate
from shared.ai.speech import PIECE_SECONDS, Segment, Spoken, listen, pieces
from shared.ai.transcripts import Transcript, text_of, transcript_id
from shared.chats.access import access_message
from shared.chats.documents import Chat, Message, TranscriptState
from shared.chats.posting import refresh_soon
from shared.chats.receipts import announce
from shared.chats.recordings import WORKER
from shared.chats.words import index
from shared.context import Context
from shared.errors import (
    AiAnswerUnusable,
    AiRefused,
    AiUnavailable,
    ApiError,
    AudioUnreadable,
    FileInfected,
    FileNotScanned,
    NotAVoiceMessage,
    NotFound,
    StorageUnavailable,
    WorkInProgress,
)
from shared.events import NotificationType
from shared.files import FileRecord
from shared.files.documents import OPEN
from shared.http.answers import Out
from shared.jobs import Job
from shared.store.unit import Unit

#: A transcript of fewer words is its own summary.
_WORTH_A_SUMMARY: Final = 40
_PROMPT: Final = "summarise_voice/v1"
_NOTHING: Final = Spoken([], None, None, Usage(), 0)


class VoiceTranscript(Out):
    """A voice message as text (seed 000 §2.5)."""

    message_id: str
    transcription: str = Field(description="What is said; empty when nothing can be heard.")
    transcription_summary: str | None = Field(None, description="In a few sentences; null of what is short.")
    transcript_state: TranscriptState
    duration: str | None = Field(description="Length of the recording.", examples=["5.2s"])
    duration_seconds: float | None

    @classmethod
    def of(cls, message: Message) -> "VoiceTranscript":
        """What has become of a message's transcription."""
        audio = message.audio
        seconds = audio.duration_seconds if audio else None
        return cls(
            message_id=message.id,
            transcription=message.transcription or "",
            transcription_summary=message.transcription_summary,
            transcript_state=audio.transcript_state if audio else "none",
            duration=f"{seconds:.1f}s" if seconds is not None else None,
            duration_seconds=seconds,
        )


def transcribe(ctx: Context, message_id: str) -> VoiceTranscript:
    """Have a voice message transcribed, once: the text, or the job that is making it.

    Raises `NotFound`, `NotAVoiceMessage`, `FileInfected`.
    """
    known = ctx.unit.get(Message, message_id)
    if known is not None and known.audio is not None:
        ctx.unit.want(FileRecord, known.audio.file_id)
        if known.audio.job_id is not None:
            ctx.unit.want(Job, known.audio.job_id)
    message, _ = access_message(ctx, message_id, to="read")
    if message.gone:
        raise ctx.refuse(NotFound())
    audio = message.audio
    if audio is None:
        raise NotAVoiceMessage
    if audio.transcript_state in {"done", "silent"}:
        return VoiceTranscript.of(message)
    record = ctx.unit.get(FileRecord, audio.file_id)
    if record is None or record.scan_state == "infected":
        raise FileInfected
    job = ctx.unit.get(Job, audio.job_id) if audio.job_id else None
    if job is None or job.ended:
        job = jobs.start(ctx, WORKER, message.id)
        _mark(ctx, message, "queued", job_id=job.id)
    else:
        jobs.join(ctx, job)
    awaited: VoiceTranscript = ctx.await_job(job.id, _finished)
    return awaited


def _finished(unit: Unit, job: Job) -> VoiceTranscript:
    message = unit.get(Message, job.ref)
    if message is None:
        raise NotFound
    return VoiceTranscript.of(message)


# The worker


def work(ctx: Context, job_id: str) -> None:
    """Transcribe the message of a job; safe to repeat.

    Raises `FileNotScanned` while its scan has no verdict, `WorkInProgress` while another worker is at it,
    `AiUnavailable` and `StorageUnavailable`: each is tried again.
    """
    job = ctx.unit.get(Job, job_id)
    if job is None or job.ended:
        return
    message = ctx.unit.get(Message, job.ref)
    if message is None or message.gone or message.audio is None:
        jobs.fail(ctx, job, NotFound.code, NotFound.reason)
        return
    record = ctx.unit.get(FileRecord, message.audio.file_id)
    if record is None or record.scan_state == "infected":
        _fail(ctx, job, message, FileInfected())
        return
    if record.scan_state not in OPEN:
        raise FileNotScanned
    if job.status == "running" and job.lease_until is not None and job.lease_until > ctx.now:
        raise WorkInProgress
    _mark(ctx, message, "running")
    claimed = jobs.claim(ctx, job.id)
    if claimed is None:
        raise WorkInProgress
    try:
        spoken = _heard(ctx, message, record)
        summary = _summary(spoken.segments)
    except (AiUnavailable, StorageUnavailable) as lost:
        _put_back(ctx, claimed, message.id, lost)
        raise
    except (AiRefused, AiAnswerUnusable, AudioUnreadable) as refused:
        ctx.settle(partial(_give_up, ctx, claimed, message.id, refused))
        return
    # Somebody else's commit in between must not have the model asked again.
    ctx.settle(partial(_store, ctx, claimed, message.id, spoken, summary))


def _heard(ctx: Context, message: Message, record: FileRecord) -> Spoken:
    content = files.open_file(ctx, record)
    done = ctx.unit.get(Transcript, transcript_id("messages", message.id))
    if silent(content):
        return _NOTHING
    if (record.duration_seconds or 0) <= PIECE_SECONDS:
        return listen(content, record.mime_type)
    whole = _NOTHING if done is None else Spoken([*done.segments], done.language, done.model, _NOTHING.usage, 0)
    for number, piece in enumerate(pieces(content, skip=done.pieces_done if done else 0), 1):
        part = listen(piece.audio, "audio/flac", offset=piece.start)
        whole = Spoken(
            [*whole.segments, *part.segments],
            whole.language or part.language,
            part.model or whole.model,
            whole.usage + part.usage,
            whole.ms + part.ms,
        )
        _keep(ctx, message, whole, "partial", (done.pieces_done if done else 0) + number)
        ctx.unit.commit()
    return whole


def _keep(
    ctx: Context,
    message: Message,
    spoken: Spoken,
    state: Literal["partial", "done", "silent"],
    pieces_done: int,
    summary: str | None = None,
) -> Transcript:
    key = transcript_id("messages", message.id)
    seconds = message.audio.duration_seconds if message.audio else None
    before = ctx.unit.get(Transcript, key)
    return ctx.unit.put(
        Transcript(
            id=key,
            ref_kind="messages",
            ref_id=message.id,
            patient_id=message.patient_id,
            state=state,
            segments=spoken.segments,
            text=text_of(spoken.segments),
            summary=summary,
            language=spoken.language,
            duration_seconds=seconds,
            pieces_done=pieces_done,
            model=spoken.model,
            input_tokens=spoken.usage.input_tokens,
            output_tokens=spoken.usage.output_tokens,
            cost_micro_usd=spoken.usage.cost_micro_usd,
            created_at=before.created_at if before else ctx.now,
            updated_at=ctx.now,
        )
    )


def _store(ctx: Context, job: Job, message_id: str, spoken: Spoken, summary: str | None) -> None:
    message = _again(ctx, message_id)
    if message.gone:
        # Deleted meanwhile: nothing of it is written down.
        jobs.fail(ctx, job, NotFound.code, NotFound.reason)
        return
    state: Literal["done", "silent"] = "done" if spoken.segments else "silent"
    before = ctx.unit.get(Transcript, transcript_id("messages", message_id))
    transcript = _keep(ctx, message, spoken, state, before.pieces_done if before else 1, summary)
    text = " ".join(segment.text for segment in spoken.segments)
    _mark(
        ctx,
        message,
        state,
        transcript_id=transcript.id,
        transcription=text or None,
        transcription_summary=summary,
        words=index(ctx, message.chat_id, message.text, text),
    )
    jobs.finish(ctx, job, transcript.id)
    _tell(ctx, job, message)


def _tell(ctx: Context, job: Job, message: Message) -> None:
    """Everybody's app, and whoever asked for it."""
    current = ctx.unit.get(Job, job.id)
    chat = ctx.unit.get(Chat, message.chat_id)
    if chat is not None:
        announce(ctx, chat.member_ids, "message:updated", {"messageId": message.id, "chatId": chat.id})
        refresh_soon(ctx, chat.id)
    asked = current.asked_by if current is not None else []
    ctx.notify(asked, NotificationType.MESSAGE, ("messages", message.id), f"transcribed:{job.id}")


def _put_back(ctx: Context, job: Job, message_id: str, lost: ApiError) -> None:
    """Let the next attempt have it at once; what it says of itself outlives the refusal of this one."""
    message, current = _again(ctx, message_id), ctx.unit.get(Job, job.id)
    if current is None or current.ended:
        return
    if isinstance(lost, AiUnavailable) and current.attempts >= ctx.settings.ai_job_attempts:
        ctx.unit.update(
            current, status="failed", error_code=lost.code, error_reason=lost.reason, lease_until=None, keep=True
        )
        _mark(ctx, message, "failed", keep=True)
    else:
        ctx.unit.update(current, status="queued", lease_until=None, keep=True)
        _mark(ctx, message, "queued", keep=True)


def _give_up(ctx: Context, job: Job, message_id: str, why: ApiError) -> None:
    _fail(ctx, job, _again(ctx, message_id), why)


def _fail(ctx: Context, job: Job, message: Message, why: ApiError) -> None:
    _mark(ctx, message, "failed")
    jobs.fail(ctx, job, why.code, why.reason)
    _tell(ctx, job, message)


def _again(ctx: Context, message_id: str) -> Message:
    ctx.unit.forget(Message, message_id)
    message = ctx.unit.get(Message, message_id)
    if message is None:
        raise NotFound
    return message


def _mark(ctx: Context, message: Message, state: TranscriptState, *, keep: bool = False, **changes: Any) -> Message:
    assert message.audio is not None  # noqa: S101 - only voice messages come here
    of_audio: dict[str, Any] = {name: changes.pop(name) for name in ("job_id", "transcript_id") if name in changes}
    audio = message.audio.model_copy(update={"transcript_state": state, **of_audio})
    return ctx.unit.update(message, audio=audio, keep=keep, **changes)


# The summary


class _Sentence(BaseModel):
    model_config = ConfigDict(defer_build=True)

    text: str
    citations: list[str] = Field(description="Ids of the lines it rests on.")


class _Summary(BaseModel):
    model_config = ConfigDict(defer_build=True)

    summary: list[_Sentence]


def _summary(segments: list[Segment]) -> str | None:
    if sum(len(segment.text.split()) for segment in segments) < _WORTH_A_SUMMARY:
        return None
    said = {f"s{n}": {"id": f"s{n}", "speaker": s.speaker or "", "text": s.text} for n, s in enumerate(segments, 1)}
    lines = "\n".join(json.dumps(line, ensure_ascii=False) for line in said.values())
    answer = generate(_Summary, [f"<conversation>\n{lines}\n</conversation>"], instructions=_instructions())
    kept = [s.text.strip() for s in answer.result.summary if s.citations and set(s.citations) <= said.keys()]
    return " ".join(kept) or None


@cache
def _instructions() -> str:
    folder = Path(__file__).parents[1] / "ai" / "prompts"
    return (folder / f"{_PROMPT}.txt").read_text().strip()
