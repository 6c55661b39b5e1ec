"""What becomes of the scribe's work when somebody on a call takes back their consent (RESOLUTIONS: Retention).

Erased are the transcript, what was generated from it, suggestions, and drafts nobody has signed, with their versions. A
signed note is the clinician's own statement and stays. What is left are tombstones: ids, times, counts.
"""

from shared.ai.transcripts import Transcript, transcript_id
from shared.context import Context
from shared.notes.documents import ClinicalNote, Content, NoteVersion, version_id
from shared.scribe.documents import GENERATIONS_OF_CALL, Generation, Suggestion
from shared.store.unit import chunks

#: Generations of one call that are looked for; more than any call has.
_MOST = 200


def erase_of_call(ctx: Context, call_id: str) -> None:
    """Erase what was derived from a call. One query; safe to repeat. Written with the caller's commit."""
    unit = ctx.unit
    unit.want(Transcript, transcript_id("calls", call_id))
    generations: list[Generation] = unit.find(GENERATIONS_OF_CALL, callId=call_id, limit=_MOST)
    for generation in generations:
        for suggestion in generation.suggestion_ids:
            unit.want(Suggestion, suggestion)
        if generation.kind == "note" and generation.note_id:
            unit.want(ClinicalNote, generation.note_id)
    transcript = unit.get(Transcript, transcript_id("calls", call_id))
    if transcript is not None:
        unit.update(
            transcript,
            segments=[],
            text="",
            summary=None,
            key_points=[],
            action_items=[],
            scribe_allowed=False,
            state="failed",
            failure="CONSENT_WITHDRAWN",
            updated_at=ctx.now,
        )
    for generation in generations:
        unit.update(generation, sentences=[], context=None, visit_reason=None)
        _suggestions(ctx, generation)
        if generation.kind == "note" and generation.note_id:
            _draft(ctx, generation.note_id)


def _suggestions(ctx: Context, generation: Generation) -> None:
    if generation.suggestion_ids:
        for found in ctx.unit.get_all(Suggestion, generation.suggestion_ids):
            if found is not None:
                ctx.unit.update(found, text="", citations=[], edited_text=None)


def _draft(ctx: Context, note_id: str) -> None:
    note = ctx.unit.get(ClinicalNote, note_id)
    if note is None or note.is_signed or note.erased_at is not None:
        return
    for numbers in chunks((str(n) for n in range(1, note.version + 1)), 100):
        for version in ctx.unit.get_all(NoteVersion, [version_id(note.id, int(n)) for n in numbers]):
            if version is not None:
                ctx.unit.update(version, content=Content(template_type=note.template_type), private_notes=None)
    ctx.unit.update(
        note,
        sections={},
        visit_reason=None,
        diagnoses=[],
        private_notes=None,
        suggestion_ids=[],
        erased_at=ctx.now,
        updated_at=ctx.now,
    )
