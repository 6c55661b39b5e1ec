"""The golden set: conversations with what a note of them must and must not say, and how a model does on them.

Cases are in tests/scribe_cases/*.yaml. Each runs through the whole pipeline: lines, gate, model, checker, sections.
What is measured of a note is what a clinician would find in it; what the checker is worth is measured apart, by making
true sentences wrong in the ways models are known to, and counting how many of those it flags.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from localcloud.gemini import lies
from shared.ai.costs import Usage
from shared.reference.consultations import consultation_type
from shared.reference.templates import template
from shared.scribe.checker import check
from shared.scribe.drafts import Draft, as_sections, write_note
from shared.scribe.lexicon import medications, plain
from shared.scribe.sources import Citation, SourceLine, enough, numbered

FOLDER = Path(__file__).parents[2] / "tests" / "scribe_cases"
PROSE = Path(__file__).parents[2] / "tests" / "scribe_prose"
#: The same, but never looked at when the checker is improved.
HELD_OUT = Path(__file__).parents[2] / "tests" / "scribe_prose_held_out"
#: As production's default (SCRIBE_MIN_WORDS, AI_WINDOW_CHARACTERS).
MIN_WORDS, WINDOW = 8, 24_000
_SPEAKERS = {"D": "clinician", "N": "clinician", "P": "patient", "F": "family"}
_NUMBER = re.compile(r"\d+(?:[.,/]\d+)*")


@dataclass(frozen=True)
class Case:
    """One conversation."""

    theme: str
    name: str
    said: tuple[tuple[str, str], ...]
    template: str = "soap"
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    refused: bool = False

    @property
    def lines(self) -> list[SourceLine]:
        """As the pipeline reads them."""
        began = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
        rows = (
            (Citation(kind="message", id=f"m{n}"), _SPEAKERS[who], text, began + timedelta(minutes=n))
            for n, (who, text) in enumerate(self.said)
        )
        return numbered(rows)[0]


@dataclass
class Outcome:
    """What became of a case."""

    case: Case
    lines: list[SourceLine]
    draft: Draft | None = None
    sections: dict[str, str] = field(default_factory=dict)

    @property
    def missed(self) -> list[str]:
        """Facts that should be there and are not."""
        return [fact for fact in self.case.must if not self._has(fact)]

    @property
    def forbidden(self) -> list[str]:
        """Facts that must not be there and are."""
        return [fact for fact in self.case.must_not if self._has(fact)]

    @property
    def wrong_sentences(self) -> int:
        """Sentences of the note with something in them that must not be there."""
        said = self.draft.clean if self.draft else []
        return sum(any(self._in(fact, s.section, s.text) for fact in self.case.must_not) for s in said)

    @property
    def unsupported(self) -> list[str]:
        """Medicines and numbers of the note that nobody said, looked for as words, without the checker."""
        source = plain(" ".join(line.text for line in self.lines))
        said = set(_NUMBER.findall(source))
        note = plain(" ".join(self.sections.values()))
        numbers = [n for n in _NUMBER.findall(note) if n not in said]
        words = note.split()
        drugs = [
            w for w in (word.strip(".,;:!?()“”\"'") for word in words) if (w,) in medications() and w not in source
        ]
        return [*numbers, *drugs]

    def _has(self, fact: str) -> bool:
        return any(self._in(fact, name, text) for name, text in self.sections.items())

    @staticmethod
    def _in(fact: str, section: str, text: str) -> bool:
        places, colon, expression = fact.partition(": ")
        if colon and re.fullmatch(r"[a-z_|]+", places):
            return section in places.split("|") and bool(re.search(expression, text, re.IGNORECASE))
        return bool(re.search(fact, text, re.IGNORECASE))


@cache
def cases() -> tuple[Case, ...]:
    """Every case, by file and in its order."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for raw in yaml.safe_load(path.read_text(encoding="utf-8")):
            said = tuple(pair for turn in raw.pop("said") for pair in turn.items())
            lists: Any = {name: tuple(raw.pop(name, ())) for name in ("must", "must_not")}
            found.append(Case(theme=path.stem, said=said, **lists, **raw))
    return tuple(found)


def run(case: Case) -> Outcome:
    """A case through the pipeline, with the model that is configured."""
    lines = case.lines
    if not enough(lines, MIN_WORDS):
        return Outcome(case, lines)
    chosen = template(case.template)
    draft = write_note(lines, chosen, consultation_type(None), window=WINDOW)
    return Outcome(case, lines, draft, as_sections(draft.clean, chosen))


@dataclass
class Score:
    """Figures of a run over all cases."""

    outcomes: list[Outcome]

    def _drafts(self) -> list[Draft]:
        return [o.draft for o in self.outcomes if o.draft is not None]

    @property
    def recall(self) -> tuple[int, int]:
        """Facts found, of those that must be there."""
        wanted = sum(len(o.case.must) for o in self.outcomes)
        return wanted - sum(len(o.missed) for o in self.outcomes), wanted

    @property
    def precision(self) -> tuple[int, int]:
        """Sentences of notes without anything that must not be there, of all."""
        said = sum(len(d.clean) for d in self._drafts())
        return said - sum(o.wrong_sentences for o in self.outcomes), said

    @property
    def flagged(self) -> tuple[int, int]:
        """Sentences that were kept out, of all that were generated."""
        return sum(len(d.flagged) for d in self._drafts()), sum(len(d.sentences) for d in self._drafts())

    @property
    def forbidden(self) -> int:
        """Facts that must not be there and are."""
        return sum(len(o.forbidden) for o in self.outcomes)

    @property
    def obeyed(self) -> int:
        """Of the cases with orders in them, those whose note did what they ordered."""
        return sum(bool(o.forbidden) for o in self.outcomes if o.case.theme == "hostile")

    @property
    def unsupported(self) -> int:
        """Medicines and numbers in notes that nobody said."""
        return sum(len(o.unsupported) for o in self.outcomes)

    @property
    def gate(self) -> tuple[int, int]:
        """Cases that were refused or not as they should be, of all."""
        return sum((o.draft is None) == o.case.refused for o in self.outcomes), len(self.outcomes)

    @property
    def usage(self) -> Usage:
        """What the model used."""
        return sum((d.usage for d in self._drafts()), Usage())

    @property
    def model(self) -> str:
        """Which model it was."""
        return next((d.model for d in self._drafts()), "")


@dataclass(frozen=True)
class Lie:
    """A true sentence made wrong."""

    case: Case
    kind: str
    text: str
    flags: tuple[str, ...]


def lied_about(outcomes: Iterable[Outcome]) -> list[Lie]:
    """Every clean sentence, made wrong in every way it can be, and what the checker says of that."""
    told: list[Lie] = []
    for outcome in outcomes:
        for sentence in outcome.draft.clean if outcome.draft else ():
            for kind, change in lies.KINDS.items():
                text = change(sentence.text)
                if text != sentence.text:
                    flags: Any = check(text, sentence.cited, outcome.lines)
                    told.append(Lie(outcome.case, kind, text, tuple(flags)))
    return told


@dataclass(frozen=True)
class Prose:
    """A sentence as a model might word it, about a case: whether it fits what it cites, and what the checker says."""

    case: Case
    text: str
    fits: bool
    flags: tuple[str, ...]


def prose(folder: Path = PROSE) -> list[Prose]:
    """Every sentence of tests/scribe_prose (or `HELD_OUT`), checked."""
    by_name = {case.name: case for case in cases()}
    found: list[Prose] = []
    for path in sorted(folder.glob("*.yaml")):
        for raw in yaml.safe_load(path.read_text(encoding="utf-8")):
            case = by_name[raw["case"]]
            lines = case.lines
            cited = [lines[number - 1].key for number in raw["cites"]]
            for fits in (True, False):
                for text in raw["fits" if fits else "wrong"]:
                    flags: Any = check(text, cited, lines)
                    found.append(Prose(case, text, fits, tuple(flags)))
    return found
