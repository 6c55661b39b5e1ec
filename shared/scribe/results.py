"""Results of the scribe's jobs, as they are answered."""

from collections.abc import Callable
from typing import Any, Final

from shared.context import Context
from shared.errors import NotFound
from shared.jobs import Job
from shared.notes.documents import ClinicalNote
from shared.patients.relationships import access_patient
from shared.scribe.documents import Generation, Suggestion
from shared.scribe.models import CallSummaryOut, NoteGenerated, SuggestionsOut, sentences_of
from shared.scribe.offers import suggestions_of
from shared.store.unit import Unit


def note(unit: Unit, job: Job) -> NoteGenerated:
    """A drafted note."""
    generation = _generation(unit, job)
    unit.want(ClinicalNote, str(generation.note_id))
    suggestions = suggestions_of(unit, generation.suggestion_ids)
    drafted = unit.get(ClinicalNote, str(generation.note_id))
    if drafted is None or drafted.erased:
        raise NotFound
    return NoteGenerated(
        id=drafted.id,
        generation_id=generation.id,
        sections=drafted.sections,
        sentences=sentences_of(generation),
        suggestions=suggestions,
        model=generation.model or "",
    )


def suggestions(unit: Unit, job: Job) -> SuggestionsOut:
    """Suggestions for a section."""
    return SuggestionsOut(suggestions=suggestions_of(unit, _generation(unit, job).suggestion_ids))


def summary(unit: Unit, job: Job) -> CallSummaryOut:
    """A summary of a call."""
    return CallSummaryOut.of(_generation(unit, job))


#: By the job's kind.
RENDER: Final[dict[str, Callable[[Unit, Any], Any]]] = {
    "generate_note": note,
    "generate_suggestions": suggestions,
    "summarize_call": summary,
    "draft_note_after_call": note,
}


def shown(ctx: Context, job: Job) -> dict[str, Any]:
    """A finished job's result, for its owner, who must still have access to the patient. Raises `NotFound`."""
    generation = _generation(ctx.unit, job)
    if generation.kind == "note":
        ctx.unit.want(ClinicalNote, str(generation.note_id))
    for suggestion_id in generation.suggestion_ids:
        ctx.unit.want(Suggestion, suggestion_id)
    if generation.patient_id is not None:
        access_patient(ctx, generation.patient_id, to="read")
    result: dict[str, Any] = RENDER[job.kind](ctx.unit, job).model_dump(mode="json", by_alias=True)
    return result


def _generation(unit: Unit, job: Job) -> Generation:
    generation = unit.get(Generation, job.ref)
    if generation is None or generation.erased:
        raise NotFound
    return generation
