"""The language somebody reads in."""

from shared.context import Context
from shared.i18n import supported
from shared.users.preference_documents import Preferences


def reads(user_id: str) -> tuple[tuple[type[Preferences], str], ...]:
    """What an endpoint that words something for the caller reads together with the session."""
    return ((Preferences, user_id),)


def language(ctx: Context) -> str:
    """The caller's language: the one of their preferences, or else of the request."""
    preferences = ctx.unit.get(Preferences, ctx.caller.id)
    return supported(preferences.language) if preferences else ctx.locale
