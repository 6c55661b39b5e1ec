"""Throwing unsigned notes away."""

from shared.context import Context
from shared.errors import NotTheAuthor
from shared.notes.access import is_author
from shared.notes.documents import ClinicalNote
from shared.notes.drafts import unsigned
from shared.notes.outcomes import keep_outcome
from shared.users.documents import Role


def discard(ctx: Context, note: ClinicalNote) -> None:
    """Soft-delete an unsigned note; its author or an administrator may. Raises `NoteSigned`, `NotTheAuthor`."""
    unsigned(ctx, note)
    if not is_author(ctx, note) and ctx.caller.role is not Role.ADMIN:
        raise ctx.refuse(NotTheAuthor())
    keep_outcome(ctx, note, {})
    ctx.unit.delete(note)
