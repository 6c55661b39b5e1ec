"""What becomes of the scribe's work when somebody on a call takes back their consent (RESOLUTIONS: Retention).

Erased are what was generated from the call's transcript, suggestions, and drafts nobody has signed, with their
versions. A signed note is the clinician's own statement and stays. What is left are tombstones: ids, times, counts.
"""

from collections.abc import Callable

from shared.ai.transcripts import ERASED, Transcript, transcript_id
from shared.context import Context
from shared.errors import ConsentRequired
from shared.notes.documents import ClinicalNote
from shared.notes.erasing import erase
from shared.scribe.documents import GENERATIONS_OF_CALL, Generation, Suggestion

#: Generations of one call that are looked for; more than any call has.
_MOST = 200


def shut(ctx: Context, call_id: str, *, keep: bool) -> None:
    """Let nobody write from a call's transcript any more, also who is at it; erase what it says, unless that is kept.

    Written with the caller's commit.
    """
    transcript = ctx.unit.get(Transcript, transcript_id("calls", call_id))
    if transcript is None:
        return
    ctx.unit.update(
        transcript,
        state="failed",
        failure=ConsentRequired.reason,
        scribe_allowed=False,
        pieces_done=0,
        updated_at=ctx.now,
        **({} if keep else ERASED),
    )


def erase_of_call(ctx: Context, call_id: str, *, between: Callable[[], None] = lambda: None) -> None:
    """Erase what was generated from a call: one query; safe to repeat. Signed notes stay.

    After `shut`, and its commit: what was written before that is found here. `between` is called after every
    generation, for those who may commit it by itself.
    """
    unit = ctx.unit
    generations: list[Generation] = unit.find(GENERATIONS_OF_CALL, callId=call_id, limit=_MOST)
    for generation in generations:
        for suggestion in generation.suggestion_ids:
            unit.want(Suggestion, suggestion)
        if generation.kind == "note" and generation.note_id:
            unit.want(ClinicalNote, generation.note_id)
    for generation in generations:
        erase_entry(ctx, generation)
        if generation.kind == "note" and generation.note_id:
            note = unit.get(ClinicalNote, generation.note_id, deleted=True)
            if note is not None and not note.is_signed and not note.erased:
                erase(ctx, note)
        between()


def erase_entry(ctx: Context, generation: Generation) -> None:
    """Erase what an entry of the ledger says, and its suggestions; safe to repeat."""
    found = ctx.unit.get_all(Suggestion, generation.suggestion_ids) if generation.suggestion_ids else []
    for suggestion in found:
        if suggestion is not None:
            ctx.unit.update(suggestion, text="", citations=[], edited_text=None)
    if not generation.erased:
        ctx.unit.update(generation, sentences=[], context=None, visit_reason=None, erased=True, erased_at=ctx.now)
