"""Figures of a sentence: numbers, also in words, with their units (English and Spanish)."""

import re
from decimal import Decimal
from itertools import pairwise
from typing import Literal, NamedTuple

from shared.scribe import vocabulary as v


class Figure(NamedTuple):
    """A number: its value in its canonical unit, and that unit."""

    value: Decimal
    unit: str | None
    at: int
    #: "120/80" and the like, which compare as a whole.
    pair: str | None = None

    @property
    def kind(self) -> Literal["dose", "time", "number"]:
        """What it measures."""
        if self.unit in v.DOSED:
            return "dose"
        return "time" if self.unit in v.TIMES else "number"


def figures(tokens: list[str]) -> list[Figure]:
    """The figures of a sentence, in order."""
    i = 0
    found: list[Figure] = []
    while i < len(tokens):
        made = _number(tokens, i)
        if made is None:
            i += 1
            continue
        value, pair, end = made
        unit, factor, end = _unit(tokens, end)
        if pair is None and end < len(tokens) - 1 and tokens[end] == "over" and unit is None:
            below = _number(tokens, end + 1)
            if below is not None and below[1] is None:
                pair, end = f"{value.normalize():f}/{below[0].normalize():f}", below[2]
                unit, _, end = _unit(tokens, end)
        found.append(Figure(value * factor, unit, i, pair))
        i = max(end, i + 1)
    # "two to three days", "10 or 20 mg": the first is of the second's unit.
    for first, second in pairwise(found[:]):
        between = tokens[first.at + 1 : second.at]
        if (
            first.unit is None
            and second.unit is not None
            and first.pair is None
            and set(between) <= {"to", "or", "a", "and", "o", "hundred"}
        ):
            factor = _factor_at(tokens, second)
            found[found.index(first)] = Figure(first.value * factor, second.unit, first.at)
    return found


def _factor_at(tokens: list[str], figure: Figure) -> Decimal:
    for word in tokens[figure.at + 1 : figure.at + 5]:
        if word in v.UNITS and v.UNITS[word][0] == figure.unit:
            return v.UNITS[word][1]
    return Decimal(1)


def _number(tokens: list[str], i: int) -> tuple[Decimal, str | None, int] | None:
    word = tokens[i]
    following = tokens[i + 1] if i + 1 < len(tokens) else ""
    if word[0].isdigit():
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}", word):
            return None
        if "/" in word:
            above, below = word.split("/")
            return _decimal(above), f"{_decimal(above).normalize():f}/{_decimal(below).normalize():f}", i + 1
        return _decimal(word), None, i + 1
    if word in {"a", "an"}:
        timed = v.UNITS.get(following)
        # Not "per day": "twice a day" is a frequency.
        counted = timed is not None and timed[0] in v.TIMES and not _per(tokens, i)
        return (Decimal(1), None, i + 1) if counted else None
    if word in {"couple", "par"}:
        return Decimal(2), None, i + (2 if following in {"of", "de"} else 1)
    if word in v.HALVES and (following in v.UNITS or following in {"a", "of"}):
        return v.HALVES[word], None, i + (2 if following in {"a", "of"} else 1)
    return _spelled(tokens, i)


def _per(tokens: list[str], i: int) -> bool:
    return i > 0 and tokens[i - 1] in {"once", "twice", "times", "time", "time_", "veces", "vez", "per"}


def _spelled(tokens: list[str], i: int) -> tuple[Decimal, str | None, int] | None:
    """A number in words, from `i`: "one hundred and twenty", "one twenty", "two point five", "treinta y dos"."""
    total = part = 0
    end, started = i, False
    while end < len(tokens):
        word = tokens[end]
        if word in v.DIGITS:
            if started and part % 10 and v.DIGITS[word] < 10:
                break
            part += v.DIGITS[word]
        elif word in v.TENS:
            if started and 0 < part < 10:
                part *= 100
            elif started and part % 100:
                break
            part += v.TENS[word]
        elif word in v.HUNDREDS:
            part = max(part, 1) * 100 if word == "hundred" else part + v.HUNDREDS[word]
        elif word in v.THOUSANDS:
            total, part = total + max(part, 1) * 1000, 0
        elif (
            word in {"and", "y"}
            and started
            and end + 1 < len(tokens)
            and (tokens[end + 1] in v.DIGITS or tokens[end + 1] in v.TENS)
            and (part >= 20 or total)
            and (word == "y" or part % 100 == 0)
        ):
            end += 1
            continue
        else:
            break
        started, end = True, end + 1
    if not started:
        return None
    value = Decimal(total + part)
    if end + 1 < len(tokens) and tokens[end] in {"point", "punto"} and tokens[end + 1] in v.DIGITS:
        value += Decimal(v.DIGITS[tokens[end + 1]]) / 10
        end += 2
    lone = end == i + 1 and tokens[i] in {"one", "un", "uno", "una"}
    if lone and (end >= len(tokens) or tokens[end] not in v.UNITS):
        return None
    return value, None, end


def _unit(tokens: list[str], i: int) -> tuple[str | None, Decimal, int]:
    if i < len(tokens):
        word = tokens[i]
        if word in v.UNITS:
            unit, factor = v.UNITS[word]
            if unit in v.TIMES and i + 1 < len(tokens) and tokens[i + 1] == "old":
                return None, Decimal(1), i + 2
            # mg/dl, mg per dl: a concentration, not a dose.
            if (
                word in {"mg", "g", "mcg"}
                and i + 2 < len(tokens)
                and tokens[i + 1] in {"/", "per"}
                and tokens[i + 2] in {"dl", "l"}
            ):
                return "concentration", Decimal(1), i + 3
            return unit, factor, i + 1
        if word == "mmhg":
            return None, Decimal(1), i + 1
    return None, Decimal(1), i


def _decimal(text: str) -> Decimal:
    """A number as it is written: 1,000 is a thousand; 7,5 is seven and a half."""
    head, comma, tail = text.rpartition(",")
    if comma and len(tail) != 3:
        text = f"{head.replace(',', '')}.{tail}"
    parts_ = text.replace(",", "").split(".")
    return Decimal(parts_[0] + ("." + "".join(parts_[1:]) if len(parts_) > 1 else ""))


def small(word: str) -> int:
    """A small whole number, in digits or as a word; 0 for any other word."""
    return int(word) if word.isdigit() else v.DIGITS.get(word, 0)
