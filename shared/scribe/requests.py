"""What clinicians ask of the scribe: checked, entered in the ledger, queued, waited for."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from shared import jobs
from shared.ai.transcripts import Transcript, transcript_id
from shared.chats import access_chat
from shared.context import PATH_READS, Context
from shared.errors import Detail, NoPatient, ValidationFailed
from shared.notes import access_note
from shared.notes.drafts import unsigned
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import access_patient, relationship_id
from shared.reference.templates import DEFAULT_TEMPLATE, template
from shared.scribe import gathering, results
from shared.scribe.documents import Generation
from shared.scribe.sources import Citation
from shared.store.document import Document, new_id
from shared.users.preference_documents import Preferences

if TYPE_CHECKING:
    from shared.scribe.models import GenerateNote, GenerateSuggestions, SummarizeCall

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def reads(user_id: str) -> tuple[tuple[type[Document], str], ...]:
    """Read with the session: which template somebody prefers."""
    return ((Preferences, user_id),)


def named(said: Mapping[str, Any], user_id: str) -> Iterable[tuple[type[Document], str]]:
    """The chat, call or note a body names, read with the session as if its path named it."""
    given = [(name, str(said[name])) for name in ("chatId", "callId", "noteId") if _is_id(said.get(name))]
    if len(given) != 1:
        # No body may name two.
        return
    ((name, value),) = given
    if name == "callId":
        gathering.load_calls()
        yield Transcript, transcript_id("calls", value)
    if name in PATH_READS:
        yield from PATH_READS[name](value, user_id)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def generate_note(ctx: Context, body: "GenerateNote") -> Any:
    """Queue a note from a chat or a call.

    Raises `NotFound`, `NoPatient`, `TranscriptMissing`, `ConsentRequired`, `NotEnoughContent`; what the job ends with
    comes through `await_job`.
    """
    source = _chat(ctx, body.chat_id) if body.chat_id is not None else _call(ctx, str(body.call_id))
    preferred = ctx.unit.get(Preferences, ctx.caller.id)
    chosen = body.template_type or (preferred.default_template if preferred else None) or DEFAULT_TEMPLATE
    generation = _entered(
        ctx,
        kind="note",
        **source,
        template_type=chosen,
        consultation_type=body.consultation_type,
        visit_reason=body.visit_reason,
    )
    return _queued(ctx, "generate_note", generation)


def _chat(ctx: Context, chat_id: str) -> dict[str, Any]:
    chat = access_chat(ctx, chat_id, to="read")
    if chat.patient_id is None:
        raise NoPatient
    # Clinicians take part in a patient's chat by a relationship that lets them write; the worker asks for it again.
    found, _ = gathering.of_chat(ctx, chat, limit=gathering.GLANCE)
    gathering.check_enough(ctx, found)
    return {"chat_id": chat.id, "patient_id": chat.patient_id}


def _call(ctx: Context, call_id: str) -> dict[str, Any]:
    _want_patient(ctx, call_id)
    call = gathering.access_call(ctx, call_id, to="read")
    transcript = gathering.transcript_of_call(ctx, call_id)
    patient_id = getattr(call, "patient_id", None) or transcript.patient_id
    if patient_id is None:
        raise NoPatient
    access_patient(ctx, patient_id, to="write")
    gathering.check_enough(ctx, gathering.of_transcript(transcript)[0])
    return {
        "call_id": call_id,
        "patient_id": patient_id,
        "appointment_id": getattr(call, "appointment_id", None),
        "chat_id": getattr(call, "chat_id", None),
    }


def _want_patient(ctx: Context, call_id: str) -> None:
    """Ask for what deciding about the patient of a call takes, in one batch with what deciding about the call does."""
    transcript = ctx.unit.get(Transcript, transcript_id("calls", call_id))
    if transcript is not None and transcript.patient_id is not None:
        ctx.unit.want(Patient, transcript.patient_id)
        ctx.unit.want(Relationship, relationship_id(transcript.patient_id, ctx.caller.id))


def generate_suggestions(ctx: Context, body: "GenerateSuggestions") -> Any:
    """Queue suggestions for a section of a note. Raises `NotFound`, `NoteSigned`, `ValidationFailed`."""
    note = access_note(ctx, body.note_id, to="write")
    unsigned(ctx, note)
    if body.section not in {section.id for section in template(note.template_type).sections}:
        raise ValidationFailed(details=[Detail("section", "is not a section of this note's template")])
    if note.chat_id is None and note.call_id is None:
        # Nothing else to go by: known without reading anything more.
        gathering.check_enough(ctx, gathering.of_note(note, body.context, [])[0])
    generation = _entered(
        ctx,
        kind="suggestions",
        patient_id=note.patient_id,
        note_id=note.id,
        chat_id=note.chat_id,
        call_id=note.call_id,
        section=body.section,
        context=body.context,
    )
    return _queued(ctx, "generate_suggestions", generation)


def summarize_call(ctx: Context, body: "SummarizeCall") -> Any:
    """Queue a summary of a call, or of a transcription as text.

    Raises `NotFound`, `TranscriptMissing`, `ConsentRequired`, `NotEnoughContent`.
    """
    patient_id = None
    if body.call_id is not None:
        _want_patient(ctx, body.call_id)
        call = gathering.access_call(ctx, body.call_id, to="read")
        patient_id = getattr(call, "patient_id", None)
    if body.transcription is not None:
        found, _ = gathering.of_text(body.transcription, Citation(kind="context", id="transcription"))
    else:
        found, _ = gathering.of_transcript(gathering.transcript_of_call(ctx, str(body.call_id)))
    gathering.check_enough(ctx, found)
    generation = _entered(
        ctx, kind="call_summary", call_id=body.call_id, patient_id=patient_id, context=body.transcription
    )
    return _queued(ctx, "summarize_call", generation)


def _entered(ctx: Context, **fields: Any) -> Generation:
    return ctx.unit.create(Generation(id=new_id(), requested_by=ctx.caller.id, created_at=ctx.now, **fields))


def _queued(ctx: Context, kind: str, generation: Generation) -> Any:
    job = jobs.start(ctx, kind, generation.id, patient_id=generation.patient_id)
    return ctx.await_job(job.id, results.RENDER[kind])
