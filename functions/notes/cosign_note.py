"""Co-sign a signed clinical note.

A doctor other than the signer, once each: for a resident's note, say. Covers the note and everything added before.
"""

from shared.auth import proof
from shared.errors import AlreadyDone, NoteNotSigned, SignerNotAllowed
from shared.http import Context, clinicians, endpoint
from shared.notes import access_note
from shared.notes.signing import cosign
from shared.notes.signing_models import Signed, Signing


@endpoint(
    "POST /clinical-notes/{noteId}/cosign",
    access=clinicians,
    errors=[*proof.ERRORS, AlreadyDone, NoteNotSigned, SignerNotAllowed],
    reads=proof.own,
    trips=3,
    uses=["identity"],
)
def cosign_note(ctx: Context, noteId: str, body: Signing) -> Signed:
    return cosign(ctx, access_note(ctx, noteId, to="write"), body)
