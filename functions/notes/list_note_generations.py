"""List what the scribe's ledger says of a clinical note, newest first.

One entry for every time the model was asked to write it or to suggest something for it: model, version and hash of the
instructions, tokens, cost, flags, and what became of each suggestion. Nothing of what it said. For clinicians who have
written in the note, and administrators.
"""

from shared.errors import NotTheAuthor
from shared.http import Context, clinicians, endpoint
from shared.scribe import ledger
from shared.scribe.models import GenerationOut
from shared.store.query import Page, Paging


@endpoint("GET /clinical-notes/{noteId}/generations", access=clinicians, trips=3, errors=[NotTheAuthor])
def list_note_generations(ctx: Context, noteId: str, query: Paging) -> Page[GenerationOut]:
    return ledger.of_note(ctx, noteId, query)
