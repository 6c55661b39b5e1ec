"""The scribe at work: claimed, gathered, generated, checked, and written in one commit or not at all.

The model is asked once. What it said is written by `ctx.settle`, from fresh reads: when somebody else changes the note,
or withdraws what the work rests on, between those reads and the commit, only the writing is done again.

What may pass (the vendor does not answer) is given back to the queue, which tries again with back-off, until
AI_JOB_ATTEMPTS; what will not (refused, unusable, too little content) ends the job with its reason. A job that was
cancelled meanwhile writes nothing.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from shared import jobs
from shared.ai.transcripts import Transcript, transcript_id
from shared.chats.access import sees_from, want_chat
from shared.chats.documents import Chat
from shared.context import Context
from shared.errors import AiUnavailable, ApiError, ExternalServiceError, NotFound, WorkInProgress
from shared.events import NotificationType
from shared.http.auditing import append_entry
from shared.jobs import Job
from shared.notes.documents import ClinicalNote
from shared.notes.drafts import create_draft
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import related, relationship_id
from shared.reference.consultations import consultation_type
from shared.reference.templates import template
from shared.scribe import chart, drafts, gathering
from shared.scribe.documents import CitedSentence, Generation, Suggestion, note_id, suggestion_id
from shared.scribe.drafts import Draft, Sentence
from shared.scribe.sources import Citation, SourceLine
from shared.store.unit import Conflicted
from shared.users.documents import Role, User
from shared.users.preference_documents import Preferences


def run(ctx: Context, job_id: str) -> None:
    """Do a job of the scribe. Raises `AiUnavailable` or `WorkInProgress` when the queue is to try again."""
    job = jobs.claim(ctx, job_id)
    if job is None:
        held = ctx.unit.get(Job, job_id)
        if held is not None and not held.ended:
            raise WorkInProgress
        return
    generation = ctx.unit.get(Generation, job.ref)
    if generation is None:
        _settle(ctx, lambda: jobs.fail(ctx, job, NotFound.code, NotFound.reason))
        return
    try:
        write = _WORK[generation.kind](ctx, generation)
        _settle(ctx, lambda: _conclude(ctx, job, write))
    except Conflicted:
        # Eight times in a row. Let go of it, so that the next attempt need not wait for the lease to end.
        _settle(ctx, lambda: jobs.give_back(ctx, job))
        raise WorkInProgress from None
    except AiUnavailable as unavailable:
        if job.attempts < ctx.settings.ai_job_attempts:
            _settle(ctx, lambda: jobs.give_back(ctx, job))
            raise
        _fail(ctx, job, generation, unavailable)
    except ApiError as refused:
        if isinstance(refused, ExternalServiceError) and refused.status == 503:
            # The database or a store: the job stays as it is, and the queue comes back.
            _settle(ctx, lambda: jobs.give_back(ctx, job))
            raise
        _fail(ctx, job, generation, refused)


def _settle(ctx: Context, apply: Callable[[], None]) -> None:
    """Commit what `apply` does from fresh reads, with its audit entry, however often others come between."""

    def audited() -> None:
        apply()
        if ctx.trail.due or ctx.trail.patient_ids:
            append_entry(ctx, None)

    ctx.unit.reset()
    ctx.settle(audited)
    ctx.trail.written()


def _conclude(ctx: Context, job: Job, write: "Write") -> None:
    """Write what came of it, unless the job was cancelled while the model took its time."""
    current = ctx.unit.get(Job, job.id)
    if current is not None and not current.ended:
        write(ctx, job)


def _fail(ctx: Context, job: Job, generation: Generation, reason: ApiError) -> None:
    _settle(ctx, lambda: _failed(ctx, job, generation, reason))


def _failed(ctx: Context, job: Job, generation: Generation, reason: ApiError) -> None:
    ctx.unit.want(Job, job.id)
    few = reason.reason == "NOT_ENOUGH_CONTENT"
    ctx.unit.update(
        _entry(ctx, generation),
        outcome="not_enough_content" if few else "failed",
        failure=reason.reason,
        context=None,
        ended_at=ctx.now,
    )
    jobs.fail(ctx, job, reason.code, reason.reason)
    if not generation.automatic:
        _tell(ctx, job, "failed")


#: Writes what came of one generation; may run several times, each from its own reads.
Write = Callable[[Context, Job], None]


def _note(ctx: Context, generation: Generation) -> Write:
    author, patient = _people(ctx, generation)
    if generation.automatic and not _wanted(ctx, author):
        raise NotFound
    lines, left_out = _conversation(ctx, generation)
    gathering.check_enough(ctx, lines)
    known, orders = chart.of_patient(ctx, patient, author)
    lines, left_out = [*known, *lines], left_out + orders
    chosen, visit = template(generation.template_type), consultation_type(generation.consultation_type)
    draft = drafts.write_note(
        lines, chosen, visit, window=ctx.settings.ai_window_characters, reason=generation.visit_reason or ""
    )
    # Nothing to note came of it: the conversation was about something else. The chart alone makes no note.
    charted = {line.key for line in known}
    gathering.check_enough(ctx, lines if any(not s.cited or set(s.cited) - charted for s in draft.sentences) else [])

    def write(ctx: Context, job: Job) -> None:
        author, patient = _people(ctx, generation)
        _still_allowed(ctx, generation)
        drafted = create_draft(
            ctx,
            patient,
            template=chosen.id,
            sections=drafts.as_sections(draft.clean, chosen),
            origin="auto_scribe" if generation.automatic else "scribe_call" if generation.call_id else "scribe_chat",
            author=author,
            consultation_type=generation.consultation_type,
            visit_reason=generation.visit_reason,
            chat_id=generation.chat_id,
            appointment_id=generation.appointment_id,
            call_id=generation.call_id,
            generation_id=generation.id,
            note_id=note_id(generation.id),
        )
        offered = _offered(ctx, generation, drafted, [*draft.flagged, *draft.suggestions], lines)
        ids = [s.id for s in offered]
        ctx.unit.update(drafted, suggestion_ids=ids)
        _done(ctx, job, generation, draft, lines, left_out, note_id=drafted.id, suggestion_ids=ids)

    return write


def _suggestions(ctx: Context, generation: Generation) -> Write:
    ctx.unit.want(ClinicalNote, str(generation.note_id))
    _people(ctx, generation)
    note = _open_note(ctx, generation)
    # A call that was not transcribed says nothing; the chat it belongs to may.
    heard = generation.call_id is not None and gathering.transcribed(ctx, generation.call_id)
    behind = _conversation(ctx, generation, heard=heard)[0] if generation.chat_id or heard else []
    lines, left_out = gathering.of_note(note, generation.context, behind)
    gathering.check_enough(ctx, lines)
    section = str(generation.section)
    draft = drafts.suggest(
        lines, section, window=ctx.settings.ai_window_characters, existing=note.sections.get(section, "")
    )

    def write(ctx: Context, job: Job) -> None:
        ctx.unit.want(ClinicalNote, str(generation.note_id))
        _people(ctx, generation)
        if heard:
            _still_allowed(ctx, generation)
        note = _open_note(ctx, generation)
        offered = _offered(ctx, generation, note, draft.suggestions, lines)
        ids = [s.id for s in offered]
        ctx.unit.update(note, suggestion_ids=[*note.suggestion_ids, *ids])
        _done(ctx, job, generation, draft, lines, left_out, suggestion_ids=ids)

    return write


def _open_note(ctx: Context, generation: Generation) -> ClinicalNote:
    """The note that suggestions are for, as long as it can take any. Raises `NotFound`."""
    note = ctx.unit.get(ClinicalNote, str(generation.note_id))
    if note is None or note.is_signed or note.erased:
        raise NotFound
    return note


def _summary(ctx: Context, generation: Generation) -> Write:
    given = generation.context
    if given is not None:
        lines, left_out = gathering.of_text(given, Citation(kind="context", id="transcription"))
    else:
        lines, left_out = gathering.of_transcript(gathering.transcript_of_call(ctx, str(generation.call_id)))
    gathering.check_enough(ctx, lines)
    draft = drafts.summarise(lines, window=ctx.settings.ai_window_characters)
    gathering.check_enough(ctx, lines if draft.sentences else [])
    said = {
        name: [s.text for s in draft.clean if s.section == name] for name in ("summary", "keyPoints", "actionItems")
    }

    def write(ctx: Context, job: Job) -> None:
        if given is None:
            ctx.unit.update(
                gathering.transcript_of_call(ctx, str(generation.call_id)),
                summary=" ".join(said["summary"]),
                key_points=said["keyPoints"],
                action_items=said["actionItems"],
                updated_at=ctx.now,
            )
        _done(ctx, job, generation, draft, lines, left_out, context=None)

    return write


_WORK: Final[dict[str, Callable[[Context, Generation], Write]]] = {
    "note": _note,
    "suggestions": _suggestions,
    "call_summary": _summary,
}


def _people(ctx: Context, generation: Generation) -> tuple[User, Patient]:
    """Who asked, and about whom, if that is still theirs to ask. Raises `NotFound`."""
    unit, patient_id = ctx.unit, str(generation.patient_id)
    unit.want(Generation, generation.id)
    unit.want(Patient, patient_id)
    unit.want(Relationship, relationship_id(patient_id, generation.requested_by))
    if generation.chat_id:
        want_chat(unit, generation.chat_id, generation.requested_by)
    if generation.call_id:
        unit.want(Transcript, transcript_id("calls", generation.call_id))
    if generation.automatic:
        unit.want(Preferences, generation.requested_by)
    user, patient = unit.get(User, generation.requested_by), unit.get(Patient, patient_id)
    if user is None or patient is None or not user.is_active:
        raise NotFound
    if user.role is not Role.ADMIN and not related(unit, patient_id, user.id):
        raise NotFound
    ctx.touch(patient_id)
    return user, patient


def _wanted(ctx: Context, user: User) -> bool:
    preferences = ctx.unit.get(Preferences, user.id) or Preferences(id=user.id)
    return preferences.auto_scribe


def _conversation(ctx: Context, generation: Generation, *, heard: bool = True) -> tuple[list[SourceLine], int]:
    """What was said, as far as who asked may see it; on the call, if that was `heard`, else in the chat."""
    if generation.call_id is not None and heard:
        return gathering.of_transcript(gathering.transcript_of_call(ctx, generation.call_id))
    chat = ctx.unit.get(Chat, str(generation.chat_id))
    if chat is None:
        raise NotFound
    return gathering.of_chat(ctx, chat, since=sees_from(ctx.unit, chat, generation.requested_by))


def _still_allowed(ctx: Context, generation: Generation) -> None:
    """Raise `ConsentRequired` or `TranscriptMissing` when a call's consent was taken back while the model wrote.

    What is written rests on the transcript: when it changes before the commit, this is asked again.
    """
    if generation.call_id is not None:
        ctx.unit.rest_on(gathering.transcript_of_call(ctx, generation.call_id))


def _entry(ctx: Context, generation: Generation) -> Generation:
    """The ledger's entry as it is now."""
    return ctx.unit.get(Generation, generation.id) or generation


def _offered(
    ctx: Context, generation: Generation, note: ClinicalNote, found: list[Sentence], lines: list[SourceLine]
) -> list[Suggestion]:
    """Suggestions stored: what is flagged first, since a clinician must not miss it."""
    return [
        ctx.unit.create(
            Suggestion(
                id=suggestion_id(generation.id, number),
                note_id=note.id,
                patient_id=note.patient_id,
                generation_id=generation.id,
                section=sentence.section,
                text=sentence.text,
                type=sentence.type or "finding",
                confidence=sentence.confidence,
                citations=_citations(sentence, lines),
                flags=list(sentence.flags),
                created_at=ctx.now,
            )
        )
        for number, sentence in enumerate(found, start=1)
    ]


def _citations(sentence: Sentence, lines: list[SourceLine]) -> list[Citation]:
    by_key = {line.key: line.citation for line in lines}
    return [by_key[key] for key in sentence.cited]


def _done(
    ctx: Context, job: Job, generation: Generation, draft: Draft, lines: list[SourceLine], left_out: int, **more: Any
) -> None:
    written = [*draft.sentences, *draft.suggestions]
    ctx.unit.update(
        _entry(ctx, generation),
        outcome="done",
        model=draft.model,
        prompt_version=draft.prompt.version,
        prompt_sha256=draft.prompt.sha256,
        input_ids=list(dict.fromkeys(line.citation.id for line in lines)),
        left_out=left_out,
        windows=draft.windows,
        input_tokens=draft.usage.input_tokens,
        output_tokens=draft.usage.output_tokens,
        cost_micro_usd=draft.usage.cost_micro_usd,
        latency_ms=draft.ms,
        sentence_count=len(written),
        flagged_count=sum(bool(s.flags) for s in written),
        flag_counts=dict(Counter(flag for s in written for flag in s.flags)),
        sentences=[
            CitedSentence(section=s.section, text=s.text, citations=_citations(s, lines), flags=list(s.flags))
            for s in draft.sentences
        ],
        decisions=dict.fromkeys(more.get("suggestion_ids", ()), "pending"),
        ended_at=ctx.now,
        **{"context": None, **more},
    )
    jobs.finish(ctx, job, generation.id, more.get("suggestion_ids", ()))
    _tell(ctx, job, "done")


def _tell(ctx: Context, job: Job, status: str) -> None:
    ctx.emit([job.owner_id], "job:updated", {"jobId": job.id, "status": status})
    ctx.notify([job.owner_id], NotificationType.SYSTEM_ALERT, ("jobs", job.id), f"job:{job.id}")
