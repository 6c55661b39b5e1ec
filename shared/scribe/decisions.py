"""What a clinician does with a suggestion: takes it as it is, in words of their own, or not at all."""

from shared.context import Context, reads_by_path
from shared.errors import AlreadyDone, Detail, NotFound, SuggestionNotSupported, ValidationFailed
from shared.notes import access_note
from shared.notes.drafts import edit, unsigned
from shared.scribe.documents import Generation, Suggestion
from shared.scribe.models import Decide, Decided
from shared.scribe.suggestion_models import SuggestionOut

reads_by_path("suggestionId", lambda suggestion_id, _: ((Suggestion, suggestion_id),))


def decide(ctx: Context, note_id: str, suggestion_id: str, body: Decide | None) -> Decided:
    """Accept, edit or reject a suggestion; what is accepted is added to its section.

    Raises `NotFound`, `NoteSigned`, `AlreadyDone`, `StaleRecord`; `SuggestionNotSupported` when one that does not fit
    what was said is accepted as it is.
    """
    body = body or Decide()
    found = ctx.unit.get(Suggestion, suggestion_id)
    if found is not None:
        ctx.unit.want(Generation, found.generation_id)
    note = access_note(ctx, note_id, to="write")
    if found is None or found.erased or found.note_id != note.id:
        raise ctx.refuse(NotFound())
    unsigned(ctx, note)
    if found.status != "pending":
        raise AlreadyDone
    text = found.text
    if body.action == "accept" and found.flags:
        raise ctx.refuse(SuggestionNotSupported(details=[Detail("flags", flag) for flag in found.flags]))
    if body.action == "edit":
        text = str(body.text)
        if _same(text, found.text):
            raise ValidationFailed(details=[Detail("text", "is the suggestion's own; change it, or accept it")])
    status = {"accept": "accepted", "edit": "edited", "reject": "rejected"}[body.action]
    if status != "rejected":
        before = note.sections.get(found.section, "")
        note = edit(ctx, note, {found.section: f"{before} {text}".strip()}, body.version)
    decided = ctx.unit.update(
        found,
        status=status,
        edited_text=text if status == "edited" else None,
        decided_by=ctx.caller.id,
        decided_at=ctx.now,
    )
    generation = ctx.unit.get(Generation, found.generation_id)
    if generation is not None:
        ctx.unit.update(generation, decisions={**generation.decisions, found.id: status})
    return Decided(
        updated_section=found.section,
        updated_content=note.sections.get(found.section),
        version=note.version,
        suggestion=SuggestionOut.of(decided),
    )


def _same(one: str, other: str) -> bool:
    return one.split() == other.split()
