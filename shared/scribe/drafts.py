"""From lines to checked sentences: the part of the scribe that needs no database.

A conversation longer than one call takes is cut into windows that overlap; what they give is merged without saying
anything twice. Each sentence is checked against what it cites. What is clean makes the note; what is flagged comes back
beside it, as a suggestion that cannot be accepted as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, create_model

from shared.ai.costs import Usage
from shared.ai.model import Generated, generate
from shared.reference.consultations import ConsultationType
from shared.reference.templates import Template
from shared.scribe.checker import Flag, check
from shared.scribe.kinds import SuggestionType
from shared.scribe.lexicon import plain
from shared.scribe.prompts import Instructions, conversation, instructions
from shared.scribe.sources import RECORD, SourceLine

#: Lines of one window that the next one begins with, so that an answer finds its question.
OVERLAP = 6
#: Most suggestions that come back (seed 003 §5.3).
MOST_SUGGESTIONS = 5
#: Of two sentences, the share of words in common above which they say the same.
_SAME = 0.8


class Cited(BaseModel):
    """A sentence, as the model answers it."""

    model_config = ConfigDict(defer_build=True)

    text: str = Field(description="One sentence.")
    citations: list[str] = Field(description="Ids of the lines it rests on.")


class _Suggested(Cited):
    type: SuggestionType
    confidence: float = Field(ge=0, le=1)


class CallSummary(BaseModel):
    """A summary, as the model answers it."""

    model_config = ConfigDict(defer_build=True)

    summary: list[Cited]
    keyPoints: list[Cited]
    actionItems: list[Cited]


class Sentence(NamedTuple):
    """A sentence, checked. `cited` are keys of lines that exist."""

    section: str
    text: str
    cited: tuple[str, ...]
    flags: tuple[Flag, ...]
    type: SuggestionType | None = None
    confidence: float | None = None


@dataclass
class Draft:
    """What came of one generation."""

    prompt: Instructions
    sentences: list[Sentence] = field(default_factory=list)
    suggestions: list[Sentence] = field(default_factory=list)
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    ms: int = 0
    windows: int = 0

    @property
    def clean(self) -> list[Sentence]:
        """Sentences that say what they cite."""
        return [s for s in self.sentences if not s.flags]

    @property
    def flagged(self) -> list[Sentence]:
        """Sentences that do not."""
        return [s for s in self.sentences if s.flags]

    def took(self, answer: Generated[Any]) -> None:
        """Count one call."""
        self.model, self.usage, self.ms = answer.model, self.usage + answer.usage, self.ms + answer.ms
        self.windows += 1


def write_note(
    lines: Sequence[SourceLine], template: Template, visit: ConsultationType, *, window: int, reason: str = ""
) -> Draft:
    """A note from a conversation, in windows of at most `window` characters. Raises what `generate` raises.

    What the patient's chart says goes with every window.
    """
    draft = Draft(instructions(template.id, visit))
    sections = tuple(section.id for section in template.sections)
    schema = _note_schema(sections)
    chart = [line for line in lines if line.speaker == RECORD]
    for part in windows([line for line in lines if line.speaker != RECORD], window):
        answer = generate(schema, [conversation([*chart, *part], visit_reason=reason)], instructions=draft.prompt.text)
        draft.took(answer)
        draft.sentences += _checked(answer.result.sentences, lines)
        draft.suggestions += _checked(answer.result.suggestions, lines)
    draft.sentences = merged(draft.sentences)
    draft.suggestions = _new(merged(draft.suggestions), draft.sentences)[:MOST_SUGGESTIONS]
    return draft


def suggest(lines: Sequence[SourceLine], section: str, *, window: int, existing: str = "") -> Draft:
    """Suggestions for one section of a note."""
    draft = Draft(instructions("suggestions"))
    schema = _suggestions_schema((section,))
    for part in windows(lines, window):
        answer = generate(schema, [conversation(part, section=section)], instructions=draft.prompt.text)
        draft.took(answer)
        draft.suggestions += _checked(answer.result.suggestions, lines)
    there = [Sentence(section, text, (), ()) for text in existing.split("\n") if text.strip()]
    draft.suggestions = _new(merged(draft.suggestions), there)[:MOST_SUGGESTIONS]
    return draft


def summarise(lines: Sequence[SourceLine], *, window: int) -> Draft:
    """A summary of a call; the sections of its sentences are `summary`, `keyPoints` and `actionItems`."""
    draft = Draft(instructions("summary"))
    for part in windows(lines, window):
        answer = generate(CallSummary, [conversation(part)], instructions=draft.prompt.text)
        draft.took(answer)
        for name in ("summary", "keyPoints", "actionItems"):
            found: list[Cited] = getattr(answer.result, name)
            draft.sentences += [_check(name, item, lines) for item in found if item.text.strip()]
    draft.sentences = merged(draft.sentences)
    return draft


def windows(lines: Sequence[SourceLine], size: int) -> list[list[SourceLine]]:
    """`lines` in parts of at most `size` characters of text, each beginning with the last lines of the one before.

    A line that is longer than a window is a window of its own.
    """
    parts: list[list[SourceLine]] = []
    part: list[SourceLine] = []
    length = 0
    for line in lines:
        if part and length + len(line.text) > size:
            parts.append(part)
            kept = part[-OVERLAP:]
            room = min(size // 4, size - len(line.text))
            while kept and sum(len(k.text) for k in kept) > room:
                kept = kept[1:]
            part, length = list(kept), sum(len(k.text) for k in kept)
        part.append(line)
        length += len(line.text)
    return [*parts, part] if part else parts


def merged(sentences: Iterable[Sentence]) -> list[Sentence]:
    """`sentences` without those that say again, from the same lines, what one before said. The clean one stays."""
    kept: list[Sentence] = []
    for sentence in sentences:
        twin = next((i for i, k in enumerate(kept) if _repeats(k, sentence)), None)
        if twin is None:
            kept.append(sentence)
        elif kept[twin].flags and not sentence.flags:
            kept[twin] = sentence
    return kept


def _repeats(one: Sentence, other: Sentence) -> bool:
    if one.section != other.section:
        return False
    first, second = _words(one.text), _words(other.text)
    if first == second:
        return True
    return bool(set(one.cited) & set(other.cited)) and _alike(first, second)


def _new(suggestions: list[Sentence], there: list[Sentence]) -> list[Sentence]:
    """Suggestions that the note does not have already."""
    known = [_words(s.text) for s in there if not s.flags]
    return [s for s in suggestions if not any(_alike(_words(s.text), k) for k in known)]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    # Words that differ may be the figure that matters.
    if not one or not other or any(w[0].isdigit() for w in one ^ other):
        return False
    return len(one & other) / len(one | other) >= _SAME


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip(".,;:!?()“”\"'") for word in plain(text).split()) - {""}


def _checked(items: Iterable[Any], lines: Sequence[SourceLine]) -> list[Sentence]:
    return [_check(item.section, item, lines) for item in items if item.text.strip()]


def _check(section: str, item: Any, lines: Sequence[SourceLine]) -> Sentence:
    known = {line.key for line in lines}
    flags = check(item.text, item.citations, lines)
    return Sentence(
        section=section,
        text=" ".join(item.text.split()),
        cited=tuple(dict.fromkeys(key for key in item.citations if key in known)),
        flags=tuple(flags),
        type=getattr(item, "type", None),
        confidence=getattr(item, "confidence", None),
    )


def as_sections(sentences: Sequence[Sentence], template: Template) -> dict[str, str]:
    """Clean sentences as the sections of a note; a paragraph of each section that has any."""
    made = {section.id: " ".join(s.text for s in sentences if s.section == section.id) for section in template.sections}
    return {name: text for name, text in made.items() if text}


@cache
def _note_schema(sections: tuple[str, ...]) -> Any:
    place: Any = Literal[sections]
    sentence: Any = create_model("NoteSentence", __base__=Cited, section=(place, ...))
    suggestion: Any = create_model("NoteSuggestion", __base__=_Suggested, section=(place, ...))
    return create_model("Note", sentences=(list[sentence], ...), suggestions=(list[suggestion], ...))


@cache
def _suggestions_schema(sections: tuple[str, ...]) -> Any:
    place: Any = Literal[sections]
    suggestion: Any = create_model("NoteSuggestion", __base__=_Suggested, section=(place, ...))
    return create_model("Suggestions", suggestions=(list[suggestion], ...))
