"""What suggestions are about."""

from typing import Literal

SuggestionType = Literal["medication", "symptom", "action", "finding"]
