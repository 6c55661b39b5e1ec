"""Clinical notes: written, signed, added to, exported."""

from shared.notes.access import access_note
from shared.notes.drafts import create_draft, edit

__all__ = ["access_note", "create_draft", "edit"]
