"""Suggestions of a note, as they are answered."""

from shared.scribe.documents import Suggestion
from shared.scribe.suggestion_models import SuggestionOut
from shared.store.unit import Unit


def suggestions_of(unit: Unit, ids: list[str]) -> list[SuggestionOut]:
    """Suggestions by id, in order; those that are erased are left out."""
    found = unit.get_all(Suggestion, ids) if ids else []
    return [SuggestionOut.of(suggestion) for suggestion in found if suggestion is not None and not suggestion.erased]
