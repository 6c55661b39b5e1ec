"""What a suggestion of the scribe answers."""

from typing import Self

from pydantic import Field

from shared.http.answers import Out
from shared.scribe.checker import Flag
from shared.scribe.documents import Decision, Suggestion
from shared.scribe.kinds import SuggestionType
from shared.scribe.sources import Citation


class SuggestionOut(Out):
    """A suggestion of the scribe (seed 000 §1.11)."""

    id: str
    section: str
    text: str
    suggested_text: str = Field(description="The same.")
    type: SuggestionType
    confidence: float | None = None
    is_accepted: bool
    status: Decision
    flags: list[Flag] = Field(description="What does not fit its citations; with any, it takes an edit to accept it.")
    citations: list[Citation] = []

    @classmethod
    def of(cls, suggestion: Suggestion) -> Self:
        """A suggestion as it stands."""
        return cls(
            **suggestion.model_dump(exclude={"citations"}),
            citations=suggestion.citations,
            suggested_text=suggestion.text,
            is_accepted=suggestion.status in {"accepted", "edited"},
        )
