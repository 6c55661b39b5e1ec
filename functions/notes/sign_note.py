"""Sign a clinical note.

Its author may, or a doctor who may write in it. Takes the signer's password, and a code where multi-factor sign-in is
on; with an external identity provider, a token of at most five minutes. From then on the note never changes: its
content is frozen under a SHA-256 hash, and what is to be said later is an addendum. The patient is told.
"""

from shared.auth import proof
from shared.errors import (
    FreshSignInRequired,
    InvalidCredentials,
    InvalidMfaCode,
    MfaRequired,
    NoteIncomplete,
    NoteSigned,
    SignerNotAllowed,
    StaleRecord,
    TooManyFailures,
)
from shared.http import Context, clinicians, endpoint
from shared.notes import access_note
from shared.notes.outcomes import want_draft
from shared.notes.signing import sign
from shared.notes.signing_models import NoteSigning, Signed


@endpoint(
    "POST /clinical-notes/{noteId}/sign",
    access=clinicians,
    errors=[
        FreshSignInRequired, InvalidCredentials, InvalidMfaCode, MfaRequired, NoteIncomplete, NoteSigned,
        SignerNotAllowed, StaleRecord, TooManyFailures,
    ],
    reads=proof.own,
    trips=3,
    uses=["identity"],
)  # fmt: skip
def sign_note(ctx: Context, noteId: str, body: NoteSigning) -> Signed:
    want_draft(ctx, noteId)
    return sign(ctx, access_note(ctx, noteId, to="write"), body)
