"""Reading a text for what can be compared: figures with units, medicines and doses, sides, dates, findings, and of each
finding whether it is denied and whose it is.

Pure and deterministic, by word lists and rules; English and Spanish. It does not understand a text, and need not: two
texts are read the same way and compared (`shared.scribe.checker`), so that what matters is that a changed fact is read
differently. Where a rule must guess, it guesses so that the comparison flags too much rather than too little.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from shared.scribe import vocabulary as v
from shared.scribe.days import dates
from shared.scribe.figures import Figure, figures, small
from shared.scribe.lexicon import medications, parts, plain, terms

Person = str  # "patient", a relation ("mother"), "family", "other"
Polarity = Literal["yes", "no", "asked"]

_TOKEN: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}|[a-z]+(?:-(?=\d{1,2}\b))?\d+[a-z]*|\d+(?:[.,]\d+)*(?:/\d+(?:\.\d+)?)?|[a-z]+(?:'[a-z]+)?"
    r"|[.,;:!?()%\"“”/]"
)


class Mention(NamedTuple):
    """A finding, medicine or other word that means something: denied or not, and whose."""

    term: str
    polarity: Polarity
    person: Person
    known: bool


@dataclass
class Reading:
    """What a text says, as far as it can be compared."""

    words: set[str] = field(default_factory=set)
    figures: list[Figure] = field(default_factory=list)
    #: Medicine (None: unknown which), value, unit.
    doses: list[tuple[str | None, Decimal, str]] = field(default_factory=list)
    medicines: set[str] = field(default_factory=set)
    #: Medicine and how it came up.
    contexts: set[tuple[str, Literal["allergy", "use"]]] = field(default_factory=set)
    frequencies: set[str] = field(default_factory=set)
    sides: set[tuple[str, str | None]] = field(default_factory=set)
    #: Side, part, and what is said of it in the same clause.
    sided: list[tuple[str, str, frozenset[str]]] = field(default_factory=list)
    dates: set[tuple[str, ...]] = field(default_factory=set)
    #: Days that relative dates and dates of the text come to.
    days: set[date] = field(default_factory=set)
    mentions: list[Mention] = field(default_factory=list)
    actions: set[tuple[str, str | None]] = field(default_factory=set)
    #: From a dose to another, in this order.
    changes: set[tuple[Decimal, Decimal]] = field(default_factory=set)

    def add(self, other: "Reading") -> None:
        """Take in what another text says."""
        for name in ("words", "medicines", "contexts", "frequencies", "sides", "dates", "days", "actions", "changes"):
            getattr(self, name).update(getattr(other, name))
        for name in ("figures", "doses", "mentions", "sided"):
            getattr(self, name).extend(getattr(other, name))


class Said(NamedTuple):
    """A text with who said it (`patient`, `family`, `clinician`, or none for prose) and when."""

    text: str
    speaker: str | None = None
    at: datetime | None = None


_PREFIX: Final = re.compile(r"^(patient|family|clinician)(?: reports)?:\s*(?:asked\s+)?", re.IGNORECASE)
_SPLIT: Final = re.compile(r"(?<=[.!?;\n])(?!\d)[\s”\"]*|(?<=\?)[”\"]?:?\s*")


def prose(text: str) -> Said:
    """A sentence of a note; one that quotes says whom."""
    found = _PREFIX.match(text)
    return Said(text[found.end() :], found[1].lower()) if found else Said(text)


def corrects(text: str) -> bool:
    """Whether somebody takes back what they said before."""
    return bool(v.CORRECTING.search(plain(text)))


def read(texts: Sequence[Said]) -> Reading:
    """What texts say, in the order they were said: an answer belongs to the question before it."""
    whole = Reading()
    segments = [(said, part) for said in texts for part in _segments(said.text)]
    medicine: str | None = None
    person: Person | None = None
    for number, (said, part) in enumerate(segments):
        following = segments[number + 1][1] if number + 1 < len(segments) else None
        if number and segments[number - 1][0] is not said:
            person = None
        reader = _Segment(part, said, following, medicine, person)
        whole.add(reader.reading)
        medicine, person = reader.medicine, reader.person
    return whole


def _segments(text: str) -> Iterator[str]:
    for part in _SPLIT.split(plain(text)):
        if part.strip(' .“”"'):
            yield part.strip()


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


class _Segment:
    """One sentence being read."""

    def __init__(
        self, text: str, said: Said, following: str | None, medicine: str | None, person: Person | None
    ) -> None:
        self.text = text
        self.said = said
        self.tokens = _tokens(text)
        self.reading = Reading()
        self.medicine = medicine
        self.before = medicine
        self.meds: list[tuple[int, str]] = []
        self.sided: list[tuple[int, str, str]] = []
        self.question = text.rstrip(' ”"').endswith("?")
        self.answer = self._answered(following) if self.question else None
        self._medicines()
        self.reading.figures = figures(self.tokens)
        self._sides()
        self._dates()
        self.person = self._mentions(person)
        self._frequencies()
        self._actions()
        self._doses()
        if self.meds:
            self.medicine = self.meds[-1][1]

    @staticmethod
    def _answered(following: str | None) -> Polarity:
        first = [t for t in _tokens(following or "") if t[0].isalnum()]
        if not first:
            return "asked"
        if (
            first[0] in v.NO
            or first[:2] == ["not", "really"]
            or first[:2] == ["not", "at"]
            or (first[0] == "i" and "don't" in first[:3])
        ):
            return "no"
        if (
            first[0] in v.YES
            or first[:2] in (["i", "do"], ["i", "have"], ["a", "little"])
            or first[0] in {"some", "sometimes", "a"}
        ):
            return "yes"
        return "yes" if len(first) <= 6 and not (following or "").rstrip().endswith("?") else "asked"

    # Medicines

    def _medicines(self) -> None:
        known = medications()
        i = 0
        while i < len(self.tokens):
            for length in (3, 2, 1):
                name = known.get(tuple(self.tokens[i : i + length]))
                if name is not None:
                    self.meds.append((i, name))
                    i += length - 1
                    break
            else:
                word = self.tokens[i]
                if v.DRUGLIKE.fullmatch(word) and word not in v.NOT_DRUGS and (word,) not in terms():
                    self.meds.append((i, word))
            i += 1
        allergic = any(t.startswith(v.ALLERGIC) for t in self.tokens) or "reaction to" in self.text
        self.reading.medicines |= {name for _, name in self.meds}
        self.reading.contexts |= {(name, "allergy" if allergic else "use") for _, name in self.meds}

    # Doses

    def _doses(self) -> None:
        dosed = [f for f in self.reading.figures if f.kind == "dose"]
        for figure in dosed:
            self.reading.doses.append((self._medicine_of(figure.at), figure.value, str(figure.unit)))
        for first, second in pairwise(dosed):
            between = self.tokens[first.at : second.at]
            if "to" in between and ("from" in self.tokens[max(0, first.at - 2) : first.at] or "to" in between[-2:]):
                self.reading.changes.add((first.value, second.value))
        # A name before a dose is a medicine's, known or not.
        for figure in dosed:
            word = self.tokens[figure.at - 1] if figure.at else ""
            if word.isalpha() and len(word) >= 4 and word not in v.BEFORE_DOSES and word not in v.STOP:
                near = {name for at, name in self.meds if figure.at - 3 <= at < figure.at}
                if (
                    not near
                    and (word,) not in terms()
                    and word not in v.UNITS
                    and word not in v.DIGITS
                    and word not in v.TENS
                ):
                    self.reading.medicines.add(word)

    def _medicine_of(self, at: int) -> str | None:
        behind = [(i, name) for i, name in self.meds if at < i <= at + 4]
        if (
            behind
            and "," not in self.tokens[at : behind[0][0]]
            and not {"and", "y", "then"} & set(self.tokens[at : behind[0][0]])
        ):
            ahead = [i for i, _ in self.meds if i < at]
            if (
                not ahead
                or self.tokens[behind[0][0] - 1] in {"of", "de"}
                or any(t in {",", "and", "y", "plus"} for t in self.tokens[ahead[-1] : at])
            ):
                return behind[0][1]
        ahead_names = [name for i, name in self.meds if i < at]
        if ahead_names:
            return ahead_names[-1]
        return behind[0][1] if behind else self.before

    def _frequencies(self) -> None:
        text = self.text
        found = self.reading.frequencies
        for pattern, per_day in v.FREQUENCIES:
            if pattern.search(text):
                found.add(per_day)
        for number in re.finditer(r"every (\w+) (?:hours|hrs|h)\b|cada (\w+) horas", text):
            hours = small(number[1] or number[2])
            if hours and 24 % hours == 0:
                found.add(str(24 // hours))

    # Sides

    def _sides(self) -> None:
        known = parts()
        for i, token in enumerate(self.tokens):
            side = v.SIDES.get(token)
            if side is None:
                continue
            near = [self.tokens[j] for j in range(i + 1, min(i + 4, len(self.tokens)))]
            stop = next((n for n, t in enumerate(near) if t in {",", ".", "and", "but", ";"}), len(near))
            part = next((known[t] for t in near[:stop] if t in known), None)
            if part is None and i:
                # Spanish puts the side behind: "rodilla izquierda".
                back = [self.tokens[j] for j in range(max(0, i - 2), i)]
                part = next((known[t] for t in reversed(back) if t in known), None) if side != "both" else None
            if part is None and stop and side != "both" and near[0].isalpha() and near[0] not in v.NO_PARTS:
                part = stem(near[0])
            lead = self.tokens[max(0, i - 2) : i]
            beside = (lead[-1:] == ["the"] and lead[0] in {"on", "in", "to", "from"}) or lead[-1:] == ["my"]
            if part is not None or token in {"bilateral", "bilaterally"} or (beside and side != "both"):
                self.reading.sides.add((side, part))
                if part is not None:
                    self.sided.append((i, side, part))

    def _dates(self) -> None:
        found = dates(self.tokens, self.said.at.date() if self.said.at else None)
        self.reading.dates |= found.named
        self.reading.days |= found.days
        self.reading.figures = [f for f in self.reading.figures if f.at not in found.numbers]

    # Findings, denied or not, and whose

    def _mentions(self, before: Person | None) -> Person | None:
        person: Person | None = None
        for start, end in self._clauses():
            found = self._whose(start, end)
            if found is None:
                pronoun = {"he", "she", "they", "el", "ella"} & set(self.tokens[start:end])
                own = {"i", "my", "yo", "mi", "i'm", "i've"} & set(self.tokens[start:end])
                found = (person or before or "patient") if pronoun and not own else "patient"
                if self.said.speaker == "family" and not pronoun and self._of_oneself(start, end):
                    found = "family"
            person = found
            denied = self._denied(start, end)
            found_terms = list(self._terms(start, end))
            for at, side, part in self.sided:
                if start <= at < end:
                    about = frozenset(term for _, term, _ in found_terms if term != part)
                    self.reading.sided.append((side, part, about))
            for at, term, known in found_terms:
                polarity: Polarity = "no" if at in denied else "yes"
                if self.question:
                    polarity = _both(self.answer or "asked", polarity)
                self.reading.mentions.append(Mention(term, polarity, found, known))
        return person

    def _clauses(self) -> list[tuple[int, int]]:
        cuts = [0]
        for i, token in enumerate(self.tokens):
            following = self.tokens[i + 1] if i + 1 < len(self.tokens) else ""
            if (i and (token in {";", ":", ".", "(", ")"} or token in v.TURNS)) or (
                i and token in {"and", "y", ","} and (following in v.PRONOUNS or following in v.RELATIONS)
            ):
                cuts.append(i)
        return list(zip(cuts, [*cuts[1:], len(self.tokens)], strict=True))

    def _whose(self, start: int, end: int) -> Person | None:
        tokens = self.tokens[start:end]
        if ("family" in tokens and ("history" in tokens or "runs" in tokens)) or "familiares" in tokens:
            related = next((v.RELATIONS[t] for t in tokens if t in v.RELATIONS), None)
            return related or "family"
        for i, token in enumerate(tokens):
            relation = v.RELATIONS.get(token)
            if relation is None and token.endswith("'s"):
                relation = v.RELATIONS.get(token[:-2])
            if relation is None:
                continue
            following = tokens[i + 1] if i + 1 < len(tokens) else ""
            if following in v.REPORTS:
                return None
            owner = tokens[i - 1] if i else ""
            theirs = owner in {"his", "her", "their", "su"} or "patient's" in tokens[max(0, i - 2) : i]
            if relation == "child" and (owner in {"the", "this", ""} or tokens[max(0, i - 2) : i] == ["as", "a"]):
                continue
            if self.said.speaker == "family" and not theirs:
                return "patient"
            return relation
        return None

    def _of_oneself(self, start: int, end: int) -> bool:
        text = " ".join(self.tokens[start:end])
        return bool(
            re.search(r"\b(?:i (?:have|had|take|am|was|get)|i've (?:had|been)|myself|yo (?:tengo|tomo))\b", text)
        )

    def _denied(self, start: int, end: int) -> set[int]:
        tokens = self.tokens
        denied: set[int] = set()
        for i in range(start, end):
            token = tokens[i]
            if token in v.NEGATORS or token.endswith("n't"):
                if any(tuple(tokens[i : i + len(p)]) == p for p in v.NOT_NEGATING):
                    continue
                # "No, I meant": an answer, not a denial of what follows.
                if token == "no" and i + 1 < len(tokens) and tokens[i + 1] in {",", "."}:
                    continue
                for j in range(i + 1, min(end, i + 12)):
                    if (
                        tokens[j] in {"and", "y"}
                        and j + 1 < len(tokens)
                        and tokens[j + 1] in {"has", "have", "is", "reports", "takes", "does", "tiene"}
                    ):
                        break
                    denied.add(j)
            if token in v.BEHIND and token != "no":
                denied.update(range(max(start, i - 5), i))
            if token == "ruled" and tokens[i + 1 : i + 2] == ["out"]:
                denied.update(range(max(start, i - 5), i))
            if token == "negative" and tokens[i + 1 : i + 2] == ["for"]:
                denied.difference_update(range(max(start, i - 5), i))
                denied.update(range(i + 2, min(end, i + 12)))
        return denied

    def _terms(self, start: int, end: int) -> Iterator[tuple[int, str, bool]]:
        known = terms()
        named = dict(self.meds)
        i = start
        while i < end:
            for length in (4, 3, 2, 1):
                concept = known.get(tuple(self.tokens[i : min(i + length, end)])) if i + length <= end else None
                if concept is not None:
                    self.reading.words.add(concept)
                    yield i, concept, True
                    i += length
                    break
            else:
                word = self.tokens[i]
                if i in named:
                    self.reading.words.add(named[i])
                    yield i, named[i], True
                elif (
                    word[0].isalpha()
                    and len(word) > 2
                    and word not in v.STOP
                    and word not in v.RELATIONS
                    and word not in v.NEGATORS
                    and word not in v.ACTIONS
                    and word not in v.UNITS
                    and not word.endswith("n't")
                ):
                    term = parts().get(word) or stem(word)
                    self.reading.words.add(term)
                    yield i, term, False
                i += 1

    # What is done with a medicine

    def _actions(self) -> None:
        if self.question and self.answer != "yes":
            return
        for start, end in self._clauses():
            denied = self._denied(start, end)
            for i in range(start, end):
                action = v.ACTIONS.get(self.tokens[i])
                if action is None:
                    continue
                if i in denied and self.tokens[i] not in {"avoid", "avoiding"}:
                    action = v.NEGATED.get(action, action)
                    if (
                        action == "stop"
                        and self.tokens[i] in {"take", "takes", "taking", "use"}
                        and "stop" in self.tokens[start:i]
                    ):
                        action = "continue"
                elif action == "take" and i > start and v.ACTIONS.get(self.tokens[i - 1]) is not None:
                    continue
                self.reading.actions.add((action, self._object(i, end)))

    def _object(self, i: int, end: int) -> str | None:
        behind = [(at, name) for at, name in self.meds if i < at < end]
        if behind:
            return behind[0][1]
        ahead = [name for at, name in self.meds if at < i]
        return ahead[-1] if ahead else self.before


def stem(word: str) -> str:
    """A word without its commonest endings, so that forms of one word meet."""
    for ending in ("'s", "ing", "edly", "ies", "ied", "ed", "es", "ly", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)].rstrip("e") if ending != "'s" else word[:-2]
    return word.rstrip("e") if len(word) > 4 else word


def _both(answer: Polarity, inside: Polarity) -> Polarity:
    if answer == "asked":
        return "asked"
    return "yes" if answer == inside else "no"
