"""List one's own clinical notes, newest first (seed 003 §14.9).

For clinicians those they have written in, for a patient the signed ones about them; nobody else has any. Notes about
patients whom the caller may not open any more are left out.
"""

from shared.errors import NotFound
from shared.http import Context, endpoint, signed_in
from shared.notes.list_models import NoteRow, OwnNoteList
from shared.notes.writing import of_caller
from shared.store.query import Page


# 3, and one more for clinicians without `patientId`: whose access is asked for follows from the page.
@endpoint("GET /notes", access=signed_in, trips=4, errors=[NotFound])
def list_my_notes(ctx: Context, query: OwnNoteList) -> Page[NoteRow]:
    return of_caller(ctx, query)
