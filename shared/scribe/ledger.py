"""The ledger as it is read: what the model was asked to write for a note, and what became of it."""

from shared.context import Context
from shared.errors import NotTheAuthor
from shared.notes import access_note
from shared.notes.documents import ClinicalNote
from shared.patients.documents import Patient, Relationship
from shared.patients.relationships import relationship_id
from shared.scribe.documents import GENERATIONS_OF_NOTE
from shared.scribe.models import GenerationOut
from shared.store.query import Page, Paging
from shared.users.documents import Role


def of_note(ctx: Context, note_id: str, paging: Paging) -> Page[GenerationOut]:
    """A page of a note's generations, newest first, for who has written in it and administrators.

    Raises `NotFound`, or `NotTheAuthor` for others who may read the note.
    """
    known = ctx.unit.get(ClinicalNote, note_id)
    patient_id = known.patient_id if known is not None else note_id
    ctx.unit.want(Patient, patient_id)
    ctx.unit.want(Relationship, relationship_id(patient_id, ctx.caller.id))
    # Found by the note's id alone, and read beside the relationship that says whether they may be seen.
    page = ctx.unit.page(GENERATIONS_OF_NOTE, paging, beside=[ctx.unit.reading_wanted()], noteId=note_id)
    note = access_note(ctx, note_id, to="read")
    if ctx.caller.id not in note.author_ids and ctx.caller.role is not Role.ADMIN:
        raise ctx.refuse(NotTheAuthor())
    return page.map([GenerationOut.of(entry) for entry in page.data])
