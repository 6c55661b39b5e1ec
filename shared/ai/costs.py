"""What calls of the model used, and what that costs at the configured prices."""

from dataclasses import dataclass
from typing import Any

from shared.config import Settings


@dataclass(frozen=True)
class Usage:
    """Tokens of one or several calls and their price in micro-dollars (1,000,000 = 1 USD)."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost_micro_usd + other.cost_micro_usd,
        )


def usage_of(metadata: Any, settings: Settings) -> Usage:
    """Usage from what an answer says about itself; tokens of thinking are billed as output."""
    if metadata is None:
        return Usage()
    sent = metadata.prompt_token_count or 0
    heard = sum(
        detail.token_count or 0
        for detail in metadata.prompt_tokens_details or ()
        if detail.modality is not None and detail.modality.name == "AUDIO"
    )
    answered = (metadata.candidates_token_count or 0) + (metadata.thoughts_token_count or 0)
    # Dollars per million tokens are micro-dollars per token.
    cost = (
        (sent - heard) * settings.ai_input_usd_per_million
        + heard * settings.ai_audio_usd_per_million
        + answered * settings.ai_output_usd_per_million
    )
    return Usage(sent, answered, round(cost))
