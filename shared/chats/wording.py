"""System messages in the reader's language.

What is stored is what happened and to whom; the sentence is made for each reader.
"""

from collections.abc import Iterable

from shared.chats.documents import Notice
from shared.context import Context
from shared.i18n import DEFAULT, _
from shared.users.language import language


def worded(text: str | None, notice: Notice | None, locale: str) -> str | None:
    """What a message says: its text, or of a notice the sentence about whom it names."""
    if text is None or notice is None:
        return text
    return _("{name} joined.", locale, name=text) if notice == "joined" else _("{name} left.", locale, name=text)


def locale_of(ctx: Context, notices: Iterable[Notice | None]) -> str:
    """The caller's language, asked only where there is a notice to word."""
    return language(ctx) if any(notices) else DEFAULT
