"""Dates of a sentence: relative ones, weekdays, months and days (English and Spanish)."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from shared.scribe import vocabulary as v


@dataclass
class Dates:
    """What was found."""

    named: set[tuple[str, ...]] = field(default_factory=set)
    #: Days that relative dates and dates of the text come to.
    days: set[date] = field(default_factory=set)
    #: Where the day of a month stands, which is no figure.
    numbers: set[int] = field(default_factory=set)


def dates(tokens: list[str], said_on: date | None) -> Dates:
    """The dates of a sentence that was said on a day."""
    found = Dates()
    for length in (3, 2, 1):
        for i in range(len(tokens) - length + 1):
            relative = v.RELATIVE.get(tuple(tokens[i : i + length]))
            if relative is not None:
                found.named.add(("relative", relative[0]))
                if relative[1] is not None and said_on is not None:
                    found.days.add(said_on + timedelta(days=relative[1]))
    for i, word in enumerate(tokens):
        if word in v.WEEKDAYS:
            found.named.add(("weekday", str(v.WEEKDAYS[word])))
        elif word in v.MONTHS or (word == "may" and _is_month(tokens, i)):
            _month(found, tokens, i, 5 if word == "may" else v.MONTHS[word])
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
            _day(found, word)
        elif re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}", word):
            month, day, year = (int(p) for p in word.split("/"))
            _day(found, f"{year + 2000 if year < 100 else year:04d}-{month:02d}-{day:02d}")
    return found


def _is_month(tokens: list[str], i: int) -> bool:
    led = i > 0 and tokens[i - 1] in {"in", "since", "last", "of", "this", "next"}
    return led or _day_at(tokens, i) is not None


def _day_at(tokens: list[str], i: int) -> int | None:
    for j in (i + 1, i - 1, i - 2):
        if 0 <= j < len(tokens):
            digits = re.fullmatch(r"(\d{1,2})", tokens[j])
            if digits and 1 <= int(digits[1]) <= 31 and (j != i - 2 or tokens[i - 1] in {"of", "de"}):
                return j
    return None


def _month(found: Dates, tokens: list[str], i: int, month: int) -> None:
    found.named.add(("month", str(month)))
    j = _day_at(tokens, i)
    if j is not None:
        found.named.add(("day", f"{month}-{int(tokens[j])}"))
        found.numbers.add(j)


def _day(found: Dates, text: str) -> None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return
    found.days.add(day)
    found.named.add(("iso", text))
