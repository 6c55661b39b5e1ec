"""Add to a signed clinical note.

By anybody who may write about the patient, signed as a note is: password, and a code where multi-factor sign-in is on.
An addendum never changes; its hash covers everything that was there before it. The patient is told.
"""

from shared.auth import proof
from shared.errors import NoteNotSigned
from shared.http import Context, clinicians, endpoint
from shared.notes import access_note
from shared.notes.models import AddendumOut
from shared.notes.signing import add
from shared.notes.signing_models import NewAddendum


@endpoint(
    "POST /clinical-notes/{noteId}/addenda",
    access=clinicians,
    status=201,
    errors=[*proof.ERRORS, NoteNotSigned],
    reads=proof.own,
    trips=3,
    uses=["identity"],
)
def add_addendum(ctx: Context, noteId: str, body: NewAddendum) -> AddendumOut:
    return add(ctx, access_note(ctx, noteId, to="write"), body)
