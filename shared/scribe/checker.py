"""Does a sentence say what its citations say? Answered without a model, the same way every time.

A sentence of a generated note is compared with the lines it cites: medicines, doses, other numbers, sides, negation,
dates and durations, and whose finding it is. Whatever does not fit is a flag, and a flagged sentence never enters a
note by itself. Pure: text in, flags out.

The comparison is between two readings by the same rules (`shared.scribe.reading`). It proves no sentence right: a
sentence without a flag may still leave out what matters. It is made to find changed and invented facts, and rather
flags a true sentence than lets a false one pass (docs/scribe.md has the figures).
"""

import re
from collections.abc import Collection, Sequence
from typing import Any, Final, Literal

from shared.scribe.figures import Figure
from shared.scribe.lexicon import plain
from shared.scribe.reading import Reading, Said, corrects, prose, read
from shared.scribe.sources import RECORD, SourceLine
from shared.scribe.vocabulary import OPPOSED, SAYING

Flag = Literal[
    "uncited",
    "unsupported_medication",
    "dose_mismatch",
    "number_mismatch",
    "laterality_mismatch",
    "negation_mismatch",
    "date_mismatch",
    "wrong_person",
]

#: What stands before the right version, where one line has both.
_TAKING_BACK = (
    "no, i meant", "no i meant", "sorry, i meant", "i meant", "i misspoke", "scratch that",
    "no, wait", "wait, no", "correction", "no, quise decir", "quise decir", "me equivoque",
)  # fmt: skip
_WORD: Final = re.compile(r"\w+")
#: How far after a line its correction may come.
_SOON = 8


def check(text: str, cited: Collection[str], conversation: Sequence[SourceLine]) -> list[Flag]:
    """What is wrong with a sentence that cites the lines with these keys, in the order of `Flag`."""
    places = sorted({i for i, line in enumerate(conversation) if line.key in cited})
    unknown = len(places) < len(set(cited))
    if _attributed(text):
        # What only the chart says was not said by anybody.
        places = [i for i in places if conversation[i].speaker != RECORD]
    if not places or unknown:
        # Nothing cited, or something that does not exist: what is cited cannot bear it out.
        return ["uncited"]
    spoken = [Said(c.text, c.speaker, c.at) for c in (conversation[i] for i in _with_neighbours(places, conversation))]
    source = read(spoken)
    sentence = read([prose(text)])
    flags: set[Flag] = set()
    if _uncited(sentence, source):
        flags.add("uncited")
    if not _medicines_known(sentence, source):
        flags.add("unsupported_medication")
    flags |= _figures(sentence, source)
    if not _sides_fit(sentence, source):
        flags.add("laterality_mismatch")
    if not _dates_fit(sentence, source):
        flags.add("date_mismatch")
    flags |= _findings(sentence, source)
    if not _actions_fit(sentence, source):
        flags.add("negation_mismatch")
    flags |= _superseded(sentence, places, conversation)
    order: tuple[Any, ...] = Flag.__args__  # type: ignore[attr-defined]
    return [flag for flag in order if flag in flags]


def _attributed(text: str) -> bool:
    """Whether a sentence tells what somebody said."""
    said = prose(text)
    return said.speaker is not None or bool(set(_WORD.findall(plain(text))) & SAYING)


def _with_neighbours(places: list[int], lines: Sequence[SourceLine]) -> list[int]:
    """The cited lines, with the question before a short answer and the answer after a question."""
    wanted = set(places)
    for i in places:
        short = len(lines[i].text.split()) <= 8
        if i and short and lines[i - 1].text.rstrip().endswith("?") and lines[i - 1].speaker != lines[i].speaker:
            wanted.add(i - 1)
        asks = lines[i].text.rstrip().endswith("?")
        if asks and i + 1 < len(lines) and lines[i + 1].speaker != lines[i].speaker:
            wanted.add(i + 1)
    return sorted(wanted)


def _uncited(sentence: Reading, source: Reading) -> bool:
    """Nothing in common, or a finding by name that is in none of the cited lines."""
    named = {m.term for m in sentence.mentions if m.known} - sentence.medicines
    if any(not _about(term, source.words) for term in named):
        return True
    return bool(sentence.words) and not sentence.words & source.words and not _shared_figures(sentence, source)


def _about(term: str, words: Collection[str]) -> bool:
    """Whether a finding was said, perhaps as a part of a longer name ("pain" of "chest pain")."""
    return term in words or any(term in word.split() or word in term.split() for word in words)


def _shared_figures(sentence: Reading, source: Reading) -> bool:
    return bool({f.value for f in sentence.figures} & {f.value for f in source.figures})


def _medicines_known(sentence: Reading, source: Reading) -> bool:
    if any(name not in source.medicines and name not in source.words for name in sentence.medicines):
        return False
    # A medicine that came up only as an allergy is not one that is taken, nor the other way round.
    known = {name: {c for n, c in source.contexts if n == name} for name in sentence.medicines}
    return all(not known[name] or context in known[name] for name, context in sentence.contexts)


def _figures(sentence: Reading, source: Reading) -> set[Flag]:
    flags: set[Flag] = set()
    for figure in sentence.figures:
        if not any(_same(figure, other) for other in source.figures):
            kinds: dict[str, Flag] = {"dose": "dose_mismatch", "time": "date_mismatch", "number": "number_mismatch"}
            flags.add(kinds[figure.kind])
    for medicine, value, unit in sentence.doses:
        if medicine is None:
            continue
        of_it = {(v, u) for m, v, u in source.doses if m == medicine}
        of_none = {(v, u) for m, v, u in source.doses if m is None}
        if of_it and (value, unit) not in of_it | of_none:
            flags.add("dose_mismatch")
    if any(
        (after, before) in source.changes and (before, after) not in source.changes
        for before, after in sentence.changes
    ):
        flags.add("dose_mismatch")
    done = {action for action, _ in sentence.actions}
    if any(
        ("increase" in done and after < before) or ("decrease" in done and after > before)
        for before, after in sentence.changes
    ):
        flags.add("dose_mismatch")
    about_medicine = sentence.medicines or sentence.doses
    if about_medicine and sentence.frequencies - source.frequencies:
        flags.add("dose_mismatch")
    return flags


def _same(figure: Figure, other: Figure) -> bool:
    if figure.pair is not None or other.pair is not None:
        return figure.pair == other.pair
    return figure.value == other.value and (figure.unit == other.unit or other.unit is None or figure.unit is None)


def _sides_fit(sentence: Reading, source: Reading) -> bool:
    for side, part in sentence.sides:
        of_part = {s for s, p in source.sides if p == part or p is None or part is None or "side" in (p, part)}
        anywhere = {s for s, _ in source.sides}
        if side not in (of_part or anywhere):
            return False
    return not any(_other_side(side, part, about, source) for side, part, about in sentence.sided)


def _other_side(side: str, part: str, about: frozenset[str], source: Reading) -> bool:
    """Whether what is said of a side was said of the other one, where both came up."""
    here = [terms for s, p, terms in source.sided if p == part and s == side]
    there = [terms for s, p, terms in source.sided if p == part and s != side]
    return not any(about & terms for terms in here) and any(about & terms for terms in there)


def _dates_fit(sentence: Reading, source: Reading) -> bool:
    known = source.dates
    days = source.days
    for kind, value in sentence.dates:
        if (kind, value) in known:
            continue
        matches = {
            "month": lambda v: any(str(d.month) == v for d in days),
            "day": lambda v: any(f"{d.month}-{d.day}" == v for d in days),
            "weekday": lambda v: any(str(d.weekday()) == v for d in days),
            "iso": lambda v: any(d.isoformat() == v for d in days),
        }.get(kind)
        if matches is None or not matches(value):
            return False
    return True


def _findings(sentence: Reading, source: Reading) -> set[Flag]:
    flags: set[Flag] = set()
    for mention in sentence.mentions:
        if mention.polarity == "asked":
            continue
        said = [m for m in source.mentions if m.term == mention.term] or [
            m for m in source.mentions if mention.known and m.known and _about(m.term, [mention.term])
        ]
        if not said:
            continue
        if all(m.polarity != mention.polarity for m in said) and (
            mention.known or any(m.polarity != "asked" for m in said)
        ):
            flags.add("negation_mismatch")
        if all(not _same_person(m.person, mention.person) for m in said):
            flags.add("wrong_person")
    return flags


def _same_person(said: str, written: str) -> bool:
    if said == written:
        return True
    return "family" in (said, written) and "patient" not in (said, written)


def _actions_fit(sentence: Reading, source: Reading) -> bool:
    for action, medicine in sentence.actions:
        opposed = OPPOSED.get(action, set())
        of_it = {a for a, m in source.actions if m == medicine}
        if action not in of_it and of_it & opposed:
            return False
    return True


def _superseded(sentence: Reading, places: list[int], lines: Sequence[SourceLine]) -> set[Flag]:
    """A cited line was taken back soon after by whoever said it, and the sentence has what it said at first."""
    flags: set[Flag] = set()
    for i in places:
        later = [line for line in lines[i + 1 : i + 1 + _SOON] if line.speaker == lines[i].speaker]
        for first, then in (
            *_inside(lines[i].text),
            *((lines[i].text, line.text) for line in later if corrects(line.text)),
        ):
            wrong, right = read([Said(first, lines[i].speaker)]), read([Said(then, lines[i].speaker)])
            flags |= _kept(sentence, wrong, right)
    return flags


def _inside(text: str) -> list[tuple[str, str]]:
    """A line that corrects itself, as what was said first and what then."""
    lowered = plain(text)
    for mark in _TAKING_BACK:
        at = lowered.find(mark)
        if at > 0:
            return [(text[:at], text[at:])]
    return []


def _kept(sentence: Reading, wrong: Reading, right: Reading) -> set[Flag]:
    flags: set[Flag] = set()
    kinds: dict[str, Flag] = {"dose": "dose_mismatch", "time": "date_mismatch", "number": "number_mismatch"}
    for kind, flag in kinds.items():
        new = {f.value for f in right.figures if f.kind == kind or f.unit is None}
        old = {f.value for f in wrong.figures if f.kind == kind or f.unit is None}
        stale = {f.value for f in sentence.figures if f.kind == kind} & old - new
        fresh = {f.value for f in sentence.figures} & new
        if new - old and stale and not fresh:
            flags.add(flag)
    new_sides, old_sides = {s for s, _ in right.sides}, {s for s, _ in wrong.sides}
    if new_sides - old_sides and {s for s, _ in sentence.sides} & old_sides - new_sides:
        flags.add("laterality_mismatch")
    if right.medicines - wrong.medicines and sentence.medicines & wrong.medicines - right.medicines:
        flags.add("unsupported_medication")
    if right.dates - wrong.dates and sentence.dates & wrong.dates - right.dates:
        flags.add("date_mismatch")
    return flags
