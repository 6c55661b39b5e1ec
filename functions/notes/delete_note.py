"""Throw an unsigned clinical note away (soft).

Its author or an administrator may. A signed note is never deleted.
"""

from shared.errors import NoteSigned, NotTheAuthor
from shared.http import Context, clinicians, endpoint
from shared.notes import access_note
from shared.notes.discarding import discard
from shared.notes.outcomes import want_draft


@endpoint("DELETE /clinical-notes/{noteId}", access=clinicians, trips=3, errors=[NoteSigned, NotTheAuthor])
def delete_note(ctx: Context, noteId: str) -> None:
    want_draft(ctx, noteId)
    discard(ctx, access_note(ctx, noteId, to="write"))
