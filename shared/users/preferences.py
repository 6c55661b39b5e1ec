"""How users want things."""

from typing import TYPE_CHECKING

from shared.context import Context
from shared.store.document import Document
from shared.users.preference_documents import Preferences

if TYPE_CHECKING:
    from shared.users.preference_models import NewPreferences


def reads(user_id: str) -> tuple[tuple[type[Document], str], ...]:
    """What the endpoints here read together with the session."""
    return ((Preferences, user_id),)


def own_preferences(ctx: Context) -> Preferences:
    """The caller's preferences; the defaults where nothing was ever set."""
    return ctx.unit.get(Preferences, ctx.caller.id) or Preferences(id=ctx.caller.id)


def change_preferences(ctx: Context, body: "NewPreferences") -> Preferences:
    """Change what is given. `null` clears the default template and leaves everything else as it is."""
    stored = ctx.unit.get(Preferences, ctx.caller.id)
    changes = {n: v for n, v in body.given().items() if v is not None or n == "default_template"}
    if stored is None:
        return ctx.unit.create(Preferences(id=ctx.caller.id, updated_at=ctx.now, **changes))
    return ctx.unit.update(stored, **changes, updated_at=ctx.now) if changes else stored
