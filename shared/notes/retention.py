"""Notes whose time is over: what they say is erased, a tombstone stays (RESOLUTIONS: Retention)."""

import logging

from shared.context import Context
from shared.notes.documents import (
    NOTES_BY_AGE,
    Addendum,
    AgedNote,
    Content,
    NoteCode,
    NoteVersion,
    Signer,
    addendum_id,
    version_id,
)
from shared.retention import held
from shared.store.query import Paging

log = logging.getLogger("consentmd.retention")

#: Notes of one page; versions erased in one commit (Firestore takes 500 writes); pages of one run.
_PAGE, _PER_COMMIT, _MOST_PAGES = 100, 200, 50


def expire(ctx: Context) -> None:
    """Erase notes that nobody has changed, signed or added to for RECORD_RETENTION_YEARS, also thrown-away ones.

    Not those of a patient under a legal hold. Every note is a commit of its own, its versions before it, so that a run
    that ends half-way is simply gone on with.
    """
    cursor: str | None = None
    erased = kept = 0
    for _ in range(_MOST_PAGES):
        page = ctx.unit.page(
            NOTES_BY_AGE, Paging(page=1, limit=_PAGE, cursor=cursor), span=(None, ctx.now), erased=False
        )
        for note in page.data:
            if held(ctx, note.patient_id):
                kept += 1
                continue
            _erase(ctx, note)
            erased += 1
        cursor = page.pagination.next_cursor
        if cursor is None:
            break
    if erased or kept:
        ctx.about("clinicalNotes", None)
        ctx.trail.details |= {"erased": erased, "held": kept}
        log.info("notes expired", extra={"count": erased})


def _erase(ctx: Context, note: AgedNote) -> None:
    """Take everything away that tells something about a person; ids and times stay."""
    for first in range(1, note.version + 1, _PER_COMMIT):
        numbers = range(first, min(first + _PER_COMMIT, note.version + 1))
        for version in ctx.unit.get_all(NoteVersion, [version_id(note.id, number) for number in numbers]):
            if version is not None:
                nothing = Content(template_type=version.content.template_type)
                ctx.unit.update(version, content=nothing, private_notes=None, saved_by_name="")
        ctx.unit.commit()
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
    ctx.unit.commit()
