"""Download a clinical note as PDF, Word (DOCX) or plain text.

`format` in the query or the body; PDF unless it is given. With letterhead, patient, sections, diagnoses, every addendum
and signature, page numbers, and a code with QR by which a printed copy is verified. The same note gives the same
bytes; private notes are in none. A note that is not signed says so on every page.
"""

from shared.errors import ScopeNotGranted
from shared.http import Binary, Context, endpoint, signed_in
from shared.notes import access_note
from shared.notes.export.files import exported
from shared.notes.export_models import ExportFormat


@endpoint(
    "POST /clinical-notes/{noteId}/export",
    access=signed_in,
    errors=[ScopeNotGranted],
    trips=3,
    uses=["documents"],
    idempotent=False,
)
def export_note(ctx: Context, noteId: str, query: ExportFormat, body: ExportFormat | None) -> Binary:
    kind = (body.format if body else None) or query.format or "pdf"
    return exported(ctx, access_note(ctx, noteId, to="read"), kind)
