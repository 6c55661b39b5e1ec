"""What a model that is wrong would write: true answers with one thing changed, to see whether it is noticed.

Each lie changes a sentence so that it says something else than its citations, in a way models are known to: another
dose, the other side, a finding that was denied, a drug nobody named, another date, somebody else's illness, the chart as
something that was said. A sentence that has nothing to change is left alone.
"""

import re
from collections.abc import Callable
from typing import Any, Final

_DOSE: Final = re.compile(
    r"(\d+(?:\.\d+)?)(?=\s?-?(?:mg|mcg|µg|g|ml|units?|iu|puffs?|tablets?|milligrams?|micrograms?|drops?)\b)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"(?<![\w.,/-])(\d+(?:\.\d+)?)(?![\w.,/-]|\s?(?:mg|mcg|g|ml|units?)\b)")
_SIDES: Final = (
    (r"\bleft(?=[ -](?:\w+|sided)\b)", "right"), (r"\bright(?=[ -](?:\w+|sided)\b)", "left"),
    (r"\bizquierd", "derech"), (r"\bderech", "izquierd"),
)  # fmt: skip
_NEGATIONS: Final = (
    (r"\bno (?!i meant|wait|,)(?=\w{4,})", ""), (r"\b(?:I )?(?:don't|do not) have\b", "have"), (r"\bdenies\b", "reports"),
    (r"\bnever\b", "always"), (r"\bwithout\b", "with"), (r"”: (?:No|Nope|Not at all|None)\b", "”: Yes"),
    (r"\bI have\b", "I don't have"), (r"\bI've had\b", "I've not had"), (r"”: (?:Yes|Yeah)\b", "”: No"),
    (r"\bstart\b", "stop"), (r"\bstop\b", "start"), (r"\bincrease\b", "decrease"), (r"\bcontinue\b", "stop"),
    (r"\bTengo\b", "No tengo"), (r"\bno tengo\b", "tengo"), (r"\bdon't take\b", "take"),
)  # fmt: skip
_DATES: Final = (
    (r"\b(\d+|one|two|three|four|five|six) (?=days?\b|weeks?\b|months?\b|years?\b|d[ií]as?\b|semanas?\b)", "eleven "),
    (r"\byesterday\b", "last month"), (r"\blast week\b", "last year"), (r"\bmonday\b", "Thursday"),
    (r"\b(?:tuesday|wednesday|friday)\b", "Sunday"), (r"\bayer\b", "el mes pasado"), (r"\bthis morning\b", "last week"),
    (r"\b(?:january|march|april|june|july)\b", "November"),
)  # fmt: skip
_PERSONS: Final = (
    (r"\bmy (?:mother|mom|father|dad|sister|brother|grandmother|grandfather|aunt|uncle)(?:'s)? (?:had|has|have)\b", "I have"),
    (r"\bmy (?:mother|mom|father|dad|sister|brother|grandmother|grandfather|aunt|uncle) (?:takes|took)\b", "I take"),
    (r"\b(?:mother|father|brother|sister) died of\b", "patient has"),
    (r"\bMi (?:madre|padre|hermano|hermana|abuela|abuelo) (?:tiene|tuvo)\b", "Tengo"),
    (r"\bI have (?=\w{4,})", "my mother has "), (r"\bI've had (?=\w)", "my brother had "),
)  # fmt: skip


def _swap(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for pattern, other in pairs:
        changed, count = re.subn(pattern, other, text, count=1, flags=re.IGNORECASE)
        if count:
            return changed
    return text


def _other(number: re.Match[str]) -> str:
    value = number[1]
    return f"{float(value) * 3:g}" if "." in value else str(int(value) * 10 if int(value) else 7)


KINDS: Final[dict[str, Callable[[str], str]]] = {
    "dose": lambda text: _DOSE.sub(_other, text, count=1),
    "number": lambda text: _NUMBER.sub(_other, text, count=1),
    "side": lambda text: _swap(text, _SIDES),
    "negation": lambda text: _swap(text, _NEGATIONS),
    "drug": lambda text: f"{text.rstrip('.')}, and started on warfarin 5 mg.",
    "date": lambda text: _swap(text, _DATES),
    "person": lambda text: _swap(text, _PERSONS),
    "chart": lambda text: re.sub(r"^Chart:", "Patient reports:", text),
}


def told(kind: str, answer: Any) -> Any:
    """`answer` with every sentence that can be made wrong in this way made wrong."""
    if isinstance(answer, list):
        return [told(kind, item) for item in answer]
    if isinstance(answer, dict):
        return {
            key: KINDS[kind](value) if key == "text" and isinstance(value, str) else told(kind, value)
            for key, value in answer.items()
        }
    return answer
