"""Searching within a chat without the database knowing its words.

Where a deployment wants it (MESSAGE_SEARCH), a message stores a keyed token for each of its words. Tokens of one chat
differ from those of another for the same word, so that what the database gives away is how often some word returns
within one chat, and no more. Whole words are found, in spite of case and accents.
"""

from shared.context import Context
from shared.errors import SearchNotEnabled
from shared.store.crypto import search_words

#: Words of a message that are indexed; the rest of a longer one is not found.
MOST_WORDS = 200


def index(ctx: Context, chat_id: str, *texts: str | None) -> list[str]:
    """Tokens of a message's words, of what was written and what was spoken; none unless the deployment is searched."""
    if not ctx.settings.message_search:
        return []
    words = list(dict.fromkeys(word for text in texts if text for word in search_words(text)))[:MOST_WORDS]
    return sorted(ctx.unit.sealer.blind(f"word:{chat_id}", word) for word in words)


def wanted(ctx: Context, chat_id: str, text: str) -> list[str]:
    """Tokens to look for, that of the longest word first: it is the rarest. Raises `SearchNotEnabled`."""
    if not ctx.settings.message_search:
        raise SearchNotEnabled
    words = sorted(dict.fromkeys(search_words(text)), key=len, reverse=True)
    return [ctx.unit.sealer.blind(f"word:{chat_id}", word) for word in words]
