"""Save a clinical note that is not signed.

Sections that are sent replace theirs, an empty one is taken out, others stay. With `version` (or If-Match) a note that
somebody has saved since is refused with 409 `STALE_RECORD`; the error then carries `current`, the note as it is, and
`submitted`, what was sent, so that both can be merged. Every saved change is kept as a version.
"""

from shared.errors import NoteSigned, NotTheAuthor, StaleRecord
from shared.http import Context, clinicians, endpoint
from shared.notes import access_note
from shared.notes.models import NoteOut
from shared.notes.writing import change
from shared.notes.writing_models import NoteChange


@endpoint("PUT /clinical-notes/{noteId}", access=clinicians, trips=3, errors=[NoteSigned, NotTheAuthor, StaleRecord])
def update_note(ctx: Context, noteId: str, body: NoteChange) -> NoteOut:
    return change(ctx, access_note(ctx, noteId, to="write"), body)
