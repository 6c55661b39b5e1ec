"""Begin a clinical note.

A draft that can be saved again and again, or a finished one; signing is another step. Without `patientId` it is about
the patient of `appointmentId`. Sections are those of the template (`soap` unless it is named). A chat, visit or call
it is linked to must be of the same patient. Sources: seeds 000 §2.6, 001 (`type`, `content`, `diagnosis`), 003 §14.9.
"""

from shared.errors import NotFound
from shared.http import Context, clinicians, endpoint
from shared.notes.links import named
from shared.notes.models import NoteOut
from shared.notes.writing import begin
from shared.notes.writing_models import NewNote


@endpoint(
    "POST /clinical-notes",
    "POST /notes",
    "POST /provider/clinical-notes",
    access=clinicians,
    status=201,
    errors=[NotFound],
    reads_by_input=named,
    # Two where the patient is named; else the visit is read before its patient can be.
    trips=3,
)
def create_note(ctx: Context, body: NewNote) -> NoteOut:
    return begin(ctx, body)
