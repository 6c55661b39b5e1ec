"""List what a clinical note said after each change, newest first.

Each with who saved it and when; for clinicians. Private notes are in their author's answer only.
"""

from shared.http import Context, clinicians, endpoint
from shared.notes.list_models import VersionOut
from shared.notes.writing import versions
from shared.store.query import Page, Paging


@endpoint("GET /clinical-notes/{noteId}/versions", access=clinicians, trips=3)
def list_note_versions(ctx: Context, noteId: str, query: Paging) -> Page[VersionOut]:
    return versions(ctx, noteId, query)
