"""Erasing what a note says. One way, whatever the reason: retention that is over, or consent that was taken back."""

from collections.abc import Callable

from shared.context import Context
from shared.notes.documents import (
    Addendum,
    ClinicalNote,
    Content,
    NoteCode,
    NoteVersion,
    Signer,
    addendum_id,
    version_id,
)

#: Versions of one batch, and of one commit where there may be several (Firestore takes 500 writes).
_PER_COMMIT = 200


def want(ctx: Context, note: ClinicalNote) -> None:
    """Ask for what `erase` reads first: versions and addenda, of nearly every note all there are."""
    for number in range(1, min(note.version, _PER_COMMIT) + 1):
        ctx.unit.want(NoteVersion, version_id(note.id, number))
    for number in range(1, note.addenda + 1):
        ctx.unit.want(Addendum, addendum_id(note.id, number))


def erase(ctx: Context, note: ClinicalNote, *, between: Callable[[], None] = lambda: None) -> None:
    """Take everything away that tells something about a person; ids and times stay, and the note is hidden everywhere.

    `between` is called after every 200 versions, for those who may commit them before the note itself.
    """
    for first in range(1, note.version + 1, _PER_COMMIT):
        numbers = range(first, min(first + _PER_COMMIT, note.version + 1))
        for version in ctx.unit.get_all(NoteVersion, [version_id(note.id, number) for number in numbers]):
            if version is not None:
                nothing = Content(template_type=version.content.template_type)
                ctx.unit.update(version, content=nothing, private_notes=None, saved_by_name="")
        between()
    ids = [addendum_id(note.id, number) for number in range(1, note.addenda + 1)]
    for addendum in ctx.unit.get_all(Addendum, ids) if ids else []:
        if addendum is not None:
            author = addendum.author
            ctx.unit.update(addendum, content="", author=Signer(id=author.id, name="", role=author.role))
    for link in note.chain:
        ctx.unit.remove(NoteCode, link.code)
    ctx.unit.update(
        note,
        sections={},
        visit_reason=None,
        diagnoses=[],
        private_notes=None,
        patient_header=None,
        chain=[],
        created_by_name="",
        erased=True,
        erased_at=ctx.now,
    )
    ctx.touch(note.patient_id)
