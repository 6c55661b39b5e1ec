"""Clinical notes: written, signed, added to, exported."""

from shared.notes.access import access_note

__all__ = ["access_note"]
