"""Structured answers from the language model.

One call is one question with a schema for its answer. What comes back is checked against the schema by pydantic; an
answer that was cut off, blocked or does not fit is a failure, never half a result. The SDK repeats what may pass
(408, 429, 5xx, broken connections) with back-off; an answer that does not fit is asked for once more.
"""

import time
from collections.abc import Sequence
from functools import reduce
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from shared import clients
from shared.ai.costs import Usage, usage_of
from shared.config import settings
from shared.errors import AiAnswerUnusable, AiRefused, AiUnavailable

T = TypeVar("T", bound=BaseModel)

#: How often one question is asked when its answer does not fit the schema.
ASKED = 2
#: Longest answer, in tokens.
LONGEST_ANSWER = 16_384


class Audio(NamedTuple):
    """A recording, as part of a question."""

    data: bytes
    mime_type: str

    def __repr__(self) -> str:
        return f"Audio({self.mime_type!r})"


class Generated(NamedTuple, Generic[T]):
    """An answer: what it says, which model gave it, what it used, and how long it took (milliseconds)."""

    result: T
    model: str
    usage: Usage
    ms: int


def generate(schema: type[T], prompt: Sequence[str | Audio], *, instructions: str) -> Generated[T]:
    """The model's answer to `prompt` under `instructions`, as a `schema`.

    Raises `AiUnavailable` when the vendor does not answer, `AiRefused` when it will not, `AiAnswerUnusable` when what
    it answers does not fit the schema.
    """
    started = time.monotonic()
    used: list[Usage] = []
    for attempt in range(ASKED):
        response = _ask(schema, prompt, instructions, seed=attempt)
        used.append(usage_of(response.usage_metadata, settings()))
        result = _read(schema, response)
        if result is not None:
            ms = round((time.monotonic() - started) * 1000)
            usage = reduce(Usage.__add__, used)
            return Generated(result, response.model_version or settings().ai_model, usage, ms)
    raise AiAnswerUnusable


def _ask(schema: type[BaseModel], prompt: Sequence[str | Audio], instructions: str, *, seed: int) -> Any:
    client = clients.genai()
    import httpx
    from google.genai import errors, types

    parts = [
        types.Part.from_text(text=part)
        if isinstance(part, str)
        else types.Part.from_bytes(data=part.data, mime_type=part.mime_type)
        for part in prompt
    ]
    config = types.GenerateContentConfig(
        system_instruction=instructions,
        response_mime_type="application/json",
        response_schema=schema,
        temperature=0.0,
        seed=seed,
        max_output_tokens=LONGEST_ANSWER,
    )
    try:
        return client.models.generate_content(
            model=settings().ai_model, contents=types.Content(role="user", parts=parts), config=config
        )
    except errors.APIError as refused:
        if refused.code in {408, 429} or (refused.code or 500) >= 500:
            raise AiUnavailable from None
        raise AiRefused from None
    except (httpx.HTTPError, OSError):
        raise AiUnavailable from None
    except ValueError:
        # The SDK could not read what came: no JSON, or JSON of another shape.
        raise AiUnavailable from None


def _read(schema: type[T], response: Any) -> T | None:
    if response.prompt_feedback is not None and response.prompt_feedback.block_reason is not None:
        raise AiRefused
    candidate = response.candidates[0] if response.candidates else None
    reason = candidate.finish_reason.name if candidate is not None and candidate.finish_reason else "NONE"
    if reason in {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION"}:
        raise AiRefused
    if candidate is None or reason != "STOP":
        return None
    parts = candidate.content.parts if candidate.content and candidate.content.parts else []
    text = "".join(part.text for part in parts if part.text and not part.thought)
    try:
        return schema.model_validate_json(text)
    except ValidationError:
        return None
