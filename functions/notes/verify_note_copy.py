"""Prove that a printed copy of a clinical note is genuine, by the code on it.

For anybody who holds the copy: answers whether the stored note is still what was signed, the fingerprint that the copy
must show, and whether something was added since. Names nobody. Counts as an access to the patient's record.
"""

from typing import Annotated

from pydantic import Field

from shared.http import Context, endpoint, public
from shared.notes.copies import verified_copy
from shared.notes.proof_models import CopyVerification


@endpoint("GET /verify-note/{code}", access=public, trips=3)
def verify_note_copy(ctx: Context, code: Annotated[str, Field(max_length=40)]) -> CopyVerification:
    return verified_copy(ctx, code)
