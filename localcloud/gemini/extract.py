"""Notes, suggestions and summaries by extraction.

The stand-in reads the lines it is given, leaves out courtesies, questions and commands, sorts what remains into
sections by cues, and quotes it with its line as citation. So nothing it writes can be missing from what was said; what
it lacks is judgement, and its prose is that of the speakers. An answer to a question is quoted with the question.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.gemini import words

_BLOCK: Final = re.compile(r"<conversation[^>]*>\n(.*?)\n</conversation>", re.DOTALL)
_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+(?=\S)|\n+")
_ABBREVIATION: Final = re.compile(r"\b(?:dr|dra|mr|mrs|ms|vs|approx|st|e\.g|i\.e)\.$", re.IGNORECASE)
_VALUE: Final = re.compile(
    r"\d|\b(?:left|right|izquierd\w+|derech\w+|one|two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|hundred|"
    r"dos|tres|cuatro|cinco|diez|veinte|cincuenta|monday|tuesday|wednesday|thursday|friday|weeks?|days?|months?)\b",
    re.IGNORECASE,
)

#: Sections that take a kind of statement, best first.
_PLACES: Final[dict[str, tuple[str, ...]]] = {
    "complaint": ("chief_complaint", "presenting_problem", "subjective", "data", "hpi", "symptoms"),
    "history": ("hpi", "symptoms", "presenting_problem", "subjective", "data"),
    "past": ("past_medical", "psychiatric_history", "subjective", "data", "symptoms"),
    "medicine": ("medications", "psychiatric_history", "subjective", "data", "symptoms"),
    "allergy": ("allergies", "past_medical", "psychiatric_history", "subjective", "data", "symptoms"),
    "vitals": ("vital_signs", "physical_exam", "objective", "mental_status_exam", "data"),
    "exam": ("cardiac_exam", "physical_exam", "mental_status_exam", "objective", "data"),
    "assessment": ("assessment",),
    "plan": ("plan",),
}
#: Words of chart lines that name nothing.
_COMMON: Final = frozenset({"patient", "allergic", "diagnosed", "severe", "moderate", "twice", "weekly", "monthly"})
_VITAL: Final = re.compile(
    r"blood pressure|\bbp\b|pulse|heart rate|temp|weight|height|oxygen|saturation|spo2|presi[oó]n|peso", re.IGNORECASE
)


@dataclass(frozen=True)
class Line:
    """A line of the conversation as it stands in the prompt."""

    id: str
    speaker: str
    text: str


@dataclass
class Statement:
    """Something said that is worth noting."""

    kind: str
    speaker: str
    text: str
    lines: list[str] = field(default_factory=list)
    tentative: bool = False
    asking: bool = False

    @property
    def quoted(self) -> str:
        """As the note has it."""
        who = {"patient": "Patient reports", "family": "Family reports", "clinician": "Clinician"}
        said = self.text.strip().rstrip(".;, ")
        return f"{who.get(self.speaker, self.speaker.capitalize() or 'Reported')}: {said}."


def lines_of(prompt: str) -> list[Line]:
    """The conversation in a prompt: one JSON object a line, between its marks. Lines of the record are no speech."""
    return [line for line in _lines(prompt) if line.speaker != "record"]


def record_of(prompt: str) -> list[Line]:
    """What a prompt has of the patient's chart."""
    return [line for line in _lines(prompt) if line.speaker == "record"]


def _lines(prompt: str) -> list[Line]:
    found = _BLOCK.search(prompt)
    rows = [json.loads(row) for row in found[1].splitlines()] if found else []
    return [Line(row["id"], row.get("speaker", ""), row["text"]) for row in rows]


def sentences(text: str) -> Iterator[str]:
    """Sentences of a text; decimals and abbreviations do not end one."""
    held = ""
    for part in _SENTENCE.split(text):
        held = f"{held} {part}".strip()
        if _ABBREVIATION.search(held):
            continue
        if held:
            yield held
        held = ""
    if held:
        yield held


def statements(lines: list[Line]) -> list[Statement]:
    """What a note is made of, in the order it was said."""
    made: list[Statement] = []
    asked: tuple[Line, str] | None = None
    for line in lines:
        for sentence in sentences(line.text):
            if words.COMMANDS.search(sentence):
                # Whatever else this line says is not trusted either.
                made = [s for s in made if line.id not in s.lines]
                break
            if words.CORRECTIONS.search(sentence) and (before := _corrected(made, line.speaker)) is not None:
                made.remove(before)
                text = f"{sentence.rstrip('. ')} (said of: {_without_values(before.text)})"
                made.append(Statement(before.kind, line.speaker, text, [*before.lines, line.id], before.tentative))
                asked = None
                continue
            answered = asked is not None and asked[0].speaker != line.speaker
            if answered and asked is not None and (words.YES.match(sentence) or words.NO.match(sentence)):
                made.append(_answer(asked, line, sentence))
                asked = None
                continue
            if sentence.rstrip().endswith("?"):
                asked = (line, sentence)
                if line.speaker != "clinician" and words.ASKING.search(sentence):
                    made.append(Statement("plan", line.speaker, sentence, [line.id], tentative=True, asking=True))
                continue
            if words.STRANGERS.search(sentence) or _courteous(sentence):
                continue
            kind = _kind(line.speaker, sentence, first=not made)
            if kind is not None:
                tentative = line.speaker == "clinician" and bool(words.TENTATIVE.search(sentence))
                ids = [line.id]
                if answered and asked is not None and len(sentence.split()) <= 6 and _VALUE.search(sentence):
                    sentence, ids = f"asked “{asked[1]}”: {sentence}", [asked[0].id, line.id]
                asked = None
                made.append(Statement("plan" if tentative else kind, line.speaker, sentence, ids, tentative))
    return made


def _answer(asked: tuple[Line, str], line: Line, sentence: str) -> Statement:
    question = asked[1].strip()
    kind = "allergy" if words.ALLERGY.search(question) else _kind(line.speaker, question.rstrip("?"), first=False)
    return Statement(kind or "history", line.speaker, f"asked “{question}”: {sentence}", [asked[0].id, line.id])


def _corrected(made: list[Statement], speaker: str) -> Statement | None:
    mine = [s for s in made if s.speaker == speaker]
    valued = [s for s in mine if _VALUE.search(s.text)]
    return next(reversed(valued or mine), None)


def _without_values(text: str) -> str:
    """What a corrected statement was about, without the figures and sides that were wrong."""
    kept = [w for w in text.rstrip(".").split() if not _VALUE.search(w)]
    return " ".join(kept)


def _courteous(sentence: str) -> bool:
    rest = words.COURTESY.sub(" ", sentence)
    return len(re.findall(r"[^\W\d_]{3,}", rest)) < 2 and not re.search(r"\d", rest)


def _kind(speaker: str, sentence: str, *, first: bool) -> str | None:
    if words.ALLERGY.search(sentence):
        return "allergy"
    if speaker == "clinician":
        if words.PLAN.search(sentence) and not _VITAL.match(sentence):
            return "plan"
        if words.ASSESSMENT.search(sentence):
            return "assessment"
        if words.FINDING.search(sentence):
            return "vitals" if _VITAL.search(sentence) else "exam"
        if words.MEDICINE.search(sentence):
            return "plan"
        return "exam" if re.search(r"\d", sentence) else None
    if words.FAMILY_HISTORY.search(sentence) and speaker != "family":
        return "past"
    if words.MEDICINE.search(sentence):
        return "medicine"
    if words.PAST.search(sentence):
        return "past"
    return "complaint" if first else "history"


def note(lines: list[Line], sections: list[str], record: list[Line]) -> dict[str, Any]:
    """A draft: sentences and suggestions. Of the chart, what somebody other than a clinician takes up by name."""
    found = statements(lines)
    said = [
        {"section": place, "text": s.quoted, "citations": s.lines}
        for s in found
        if not s.tentative and (place := _place(s.kind, sections)) is not None
    ]
    talk = {word for line in lines if line.speaker != "clinician" for word in _names(line.text)}
    said += [
        {"section": place, "text": f"Chart: {line.text}", "citations": [line.id]}
        for line in record
        if _names(line.text) & talk and (place := _place(_kind("patient", line.text, first=False) or "past", sections))
    ]
    return {"sentences": said, "suggestions": _suggestions([s for s in found if s.tentative], sections)}


def _names(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]{6,}", text.lower()) if word not in _COMMON}


def suggestions(lines: list[Line], section: str) -> dict[str, Any]:
    """Up to five additions to one section: what is open first, then what belongs there."""
    found = [s for s in statements(lines) if s.tentative or _place(s.kind, [section]) == section]
    ordered = sorted(found, key=lambda s: not s.tentative)
    return {"suggestions": _suggestions(ordered, [section])}


def _suggestions(found: list[Statement], sections: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "section": _place(s.kind, sections) or sections[-1],
            "text": s.quoted,
            "type": _type(s),
            "confidence": 0.85,
            "citations": s.lines,
        }
        for s in found[:5]
    ]


def _type(statement: Statement) -> str:
    if words.MEDICINE.search(statement.text):
        return "medication"
    if statement.tentative:
        return "action"
    if statement.speaker != "clinician":
        return "symptom"
    return "finding" if words.FINDING.search(statement.text) and not words.PLAN.search(statement.text) else "action"


def _place(kind: str, sections: list[str]) -> str | None:
    return next((place for place in _PLACES[kind] if place in sections), None)


def summary(lines: list[Line]) -> dict[str, Any]:
    """Two or three sentences, three to five points, and what is to be done."""
    found = [s for s in statements(lines) if not s.tentative]
    told = [s for s in found if s.kind not in {"assessment", "plan"}]
    judged = [s for s in found if s.kind == "assessment"]
    todo = [s for s in found if s.kind == "plan"]

    def cited(chosen: list[Statement]) -> list[dict[str, Any]]:
        return [{"text": s.quoted, "citations": s.lines} for s in chosen]

    return {
        "summary": cited([*told[:1], *judged[:1], *todo[:1]]),
        "keyPoints": cited([*told[:3], *judged[:2]]),
        "actionItems": cited(todo[:5]),
    }
