"""What becomes of the scribe's work when somebody on a call takes back their consent (RESOLUTIONS: Retention).

Erased are the transcript, what was generated from it, suggestions, and drafts nobody has signed, with their versions. A
signed note is the clinician's own statement and stays. What is left are tombstones: ids, times, counts.
"""

from shared.ai.transcripts import Transcript, transcript_id
from shared.context import Context
from shared.notes.documents import ClinicalNote
from shared.notes.erasing import erase
from shared.scribe.documents import GENERATIONS_OF_CALL, Generation, Suggestion

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
        erase_entry(ctx, generation)
        if generation.kind == "note" and generation.note_id:
            note = unit.get(ClinicalNote, generation.note_id, deleted=True)
            if note is not None and not note.is_signed and not note.erased:
                erase(ctx, note)


def erase_entry(ctx: Context, generation: Generation) -> None:
    """Erase what an entry of the ledger says, and its suggestions; safe to repeat."""
    found = ctx.unit.get_all(Suggestion, generation.suggestion_ids) if generation.suggestion_ids else []
    for suggestion in found:
        if suggestion is not None:
            ctx.unit.update(suggestion, text="", citations=[], edited_text=None)
    if not generation.erased:
        ctx.unit.update(generation, sentences=[], context=None, visit_reason=None, erased=True, erased_at=ctx.now)
