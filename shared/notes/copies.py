"""Printed copies of signed notes, by the code on them."""

from typing import TYPE_CHECKING

from shared.context import Context
from shared.errors import NotFound
from shared.notes.documents import Addendum, ClinicalNote, NoteCode, addendum_id
from shared.notes.proving import verify_copy

if TYPE_CHECKING:
    from shared.notes.proof_models import CopyVerification

#: Letters that are mistaken for digits, and what typists put between groups.
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def plain(code: str) -> str:
    """A code as it is stored, however it was typed."""
    return code.upper().translate(_MISREAD)


def verified_copy(ctx: Context, code: str) -> "CopyVerification":
    """Whether the copy with this code is genuine. Raises `NotFound`."""
    wanted = plain(code)
    known = wanted.isascii() and wanted.isalnum()
    leads = ctx.unit.get(NoteCode, wanted) if known else None
    if leads is None:
        raise NotFound
    for number in range(1, leads.addenda + 1):
        ctx.unit.want(Addendum, addendum_id(leads.note_id, number))
    note = ctx.unit.get(ClinicalNote, leads.note_id)
    if note is None or note.erased:
        raise NotFound
    return verify_copy(ctx, note, leads)
