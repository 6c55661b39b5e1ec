"""Prove that a signed clinical note is what was signed.

Computes the hashes of what is stored and compares them, link by link, with what was signed: the note, every
co-signature and every addendum, each of which covers what came before it.
"""

from shared.errors import NoteNotSigned, ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.notes import access_note
from shared.notes.proof_models import Verification
from shared.notes.proving import verify


@endpoint("GET /clinical-notes/{noteId}/verify", access=signed_in, trips=3, errors=[NoteNotSigned, ScopeNotGranted])
def verify_note(ctx: Context, noteId: str) -> Verification:
    return verify(ctx, access_note(ctx, noteId, to="read"))
