"""Read a clinical note.

With its addenda, signatures and the scribe's suggestions. The ETag is its version: send it as If-Match with PUT.
Patients, and family with the scope `records` or `health_record`, read signed notes only; private notes are their
author's alone.
"""

from shared.errors import ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.notes import access_note
from shared.notes.models import NoteOut
from shared.notes.writing import shown


@endpoint("GET /clinical-notes/{noteId}", access=signed_in, trips=3, errors=[ScopeNotGranted])
def get_note(ctx: Context, noteId: str) -> NoteOut:
    return shown(ctx, access_note(ctx, noteId, to="read"))
