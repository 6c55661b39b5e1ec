"""Reading a text for what can be compared: figures with units, medicines and doses, sides, dates, findings, and of each
finding whether it is denied and whose it is.

Pure and deterministic, by word lists and rules; English and Spanish. It does not understand a text, and need not: two
texts are read the same way and compared (`shared.scribe.checker`), so that what matters is that a changed fact is read
differently. Where a rule must guess, it guesses so that the comparison flags too much rather than too little.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from shared.scribe.lexicon import medications, parts, plain, terms


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Person = str  # "patient", a relation ("mother"), "family", "other"
Polarity = Literal["yes", "no", "asked"]

_TOKEN: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}|[a-z]+(?:-(?=\d{1,2}\b))?\d+[a-z]*|\d+(?:[.,]\d+)*(?:/\d+(?:\.\d+)?)?|[a-z]+(?:'[a-z]+)?"
    r"|[.,;:!?()%\"“”/]"
)

_DIGITS: Final = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "cero": 0, "un": 1, "uno": 1, "una": 1, "dos": 2, "tres": 3,
    "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once_": 11, "doce": 12,
    "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19,
    "veintiuno": 21, "veintidos": 22, "veintitres": 23, "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26,
    "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
}  # fmt: skip
_TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80,
    "noventa": 90,
}  # fmt: skip
_HUNDREDS: Final = {
    "hundred": 100, "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400,
    "quinientos": 500, "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_THOUSANDS: Final = {"thousand": 1000, "mil": 1000}
_HALVES: Final = {"half": Decimal("0.5"), "medio": Decimal("0.5"), "media": Decimal("0.5")}

#: Unit, its canonical unit, and what one is in it.
_UNITS: Final[dict[str, tuple[str, Decimal]]] = {
    form: (unit, Decimal(factor))
    for unit, factor, forms in (
        ("mg", "1", "mg mgs milligram milligrams miligramo miligramos"),
        ("mg", "1000", "g gram grams gm gramo gramos"),
        ("mg", "0.001", "mcg ug microgram micrograms µg microgramos"),
        ("ml", "1", "ml mls cc milliliter milliliters millilitre millilitres mililitros"),
        ("ml", "1000", "l liter liters litre litres litro litros"),
        ("ml", "5", "teaspoon teaspoons tsp cucharadita cucharaditas"),
        ("unit", "1", "unit units iu unidades unidad"),
        ("tablet", "1", "tablet tablets pill pills tab tabs capsule capsules tableta tabletas pastilla pastillas comprimido comprimidos"),  # noqa: E501
        ("puff", "1", "puff puffs inhalation inhalations inhalaciones"), ("drop", "1", "drop drops gota_ gotas"),
        ("spray", "1", "spray sprays"), ("patch", "1", "patch patches parche parches"),
        ("percent", "1", "% percent por_ciento"), ("kg", "1", "kg kgs kilo kilos kilogram kilograms kilogramos"),
        ("lb", "1", "lb lbs pound pounds libras"), ("cm", "1", "cm centimeters centimetros"),
        ("mm", "1", "mm millimeters milimetros"), ("inch", "1", "inch inches pulgadas"),
        ("bpm", "1", "bpm beats"), ("degree", "1", "degree degrees grados fahrenheit celsius"),
        ("hour", "1", "hour hours hr hrs hora horas"), ("minute", "1", "minute minutes min mins minuto minutos"),
        ("day", "1", "day days dia dias"), ("day", "7", "week weeks semana semanas"),
        ("month", "1", "month months mes meses"), ("month", "12", "year years yr yrs ano anos"),
        ("night", "1", "night nights noche noches"),
    )
    for form in forms.split()
}  # fmt: skip
_TIMES: Final = frozenset({"hour", "minute", "day", "month", "night"})
_DOSED: Final = frozenset({"mg", "ml", "unit", "tablet", "puff", "drop", "spray", "patch"})

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ["january enero", "february febrero", "march marzo", "april abril", "may_ mayo", "june junio", "july julio", "august agosto", "september septiembre", "october octubre", "november noviembre", "december diciembre"], 1)
    for name in names.split()
}  # fmt: skip
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        ["monday lunes", "tuesday martes", "wednesday miercoles", "thursday jueves", "friday viernes", "saturday sabado", "sunday domingo"])
    for name in names.split()
}  # fmt: skip
#: Relative dates: canonical name, days from the day it is said where that is one day.
_RELATIVE: Final[dict[tuple[str, ...], tuple[str, int | None]]] = {
    ("yesterday",): ("yesterday", -1), ("ayer",): ("yesterday", -1), ("today",): ("today", 0), ("hoy",): ("today", 0),
    ("tomorrow",): ("tomorrow", 1), ("tonight",): ("tonight", 0), ("last", "night"): ("last night", -1),
    ("anoche",): ("last night", -1), ("this", "morning"): ("this morning", 0), ("esta", "manana"): ("this morning", 0),
    ("last", "week"): ("last week", None), ("la", "semana", "pasada"): ("last week", None),
    ("last", "month"): ("last month", None), ("el", "mes", "pasado"): ("last month", None),
    ("last", "year"): ("last year", None), ("el", "ano", "pasado"): ("last year", None),
    ("next", "week"): ("next week", None), ("proxima", "semana"): ("next week", None),
    ("next", "month"): ("next month", None), ("next", "year"): ("next year", None),
    ("day", "before", "yesterday"): ("two days ago", -2), ("anteayer",): ("two days ago", -2),
}  # fmt: skip

_RELATIONS: Final = {
    form: relation
    for relation, forms in {
        "mother": "mother mom mum mama_ madre mami mommy", "father": "father dad padre papa daddy",
        "parent": "parents padres parent", "brother": "brother brothers hermano hermanos", "sister": "sister sisters hermana hermanas",
        "grandmother": "grandmother grandma abuela", "grandfather": "grandfather grandpa abuelo",
        "grandparent": "grandparents abuelos", "aunt": "aunt aunts tia tias", "uncle": "uncle uncles tio tios",
        "cousin": "cousin cousins primo prima", "son": "son sons hijo", "daughter": "daughter daughters hija",
        "child": "child kid baby toddler infant nino nina bebe", "husband": "husband esposo marido", "wife": "wife esposa",
        "partner": "partner boyfriend girlfriend pareja novio novia", "friend": "friend friends amigo amiga",
        "neighbour": "neighbor neighbour neighbors vecino vecina", "colleague": "coworker colleague colleagues companero",
        "roommate": "roommate", "twin": "twin gemelo",
    }.items()
    for form in forms.split()
}  # fmt: skip
_BLOOD: Final = _words(
    """
    mother father parent brother sister grandmother grandfather grandparent aunt uncle cousin son daughter
    child twin
    """
)  # fmt: skip
#: What a relation does without being the one it is about.
_REPORTS: Final = _words(
    """
    says said reports reported states stated told tells thinks thought noticed notices worries worried
    denies describes called calls brought gave gives drove noted mentions mentioned dice informa refiere
    nota cree asks asked
    """
)

_NEGATORS: Final = _words(
    """
    no not never without denies denied deny denying none nor neither cannot nunca sin niega tampoco ni jamas
    ningun ninguna isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't can't
    couldn't wouldn't shouldn't avoid
    """
)  # fmt: skip
_BEHIND: Final = frozenset({"negative", "absent", "none", "denied", "negativo", "negativa", "ninguno"})
_NOT_NEGATING: Final = (
    ("no", "change"), ("not", "only"), ("no", "doubt"), ("not", "sure"), ("don't", "know"), ("no", "se"),
    ("not", "just"), ("no", "problem"), ("no", "worries"), ("can't", "stop"), ("don't", "worry"), ("don't", "forget"),
    ("not", "until"), ("no", "more", "than"), ("not", "more", "than"), ("no", "later", "than"),
)  # fmt: skip
_TURNS: Final = _words(
    """
    but however although though except yet pero aunque sino excepto instead because since then so porque
    """
)
_PRONOUNS: Final = _words(
    """
    i he she they we you it patient pt yo el ella my his her their mi su there i'm i've he's she's it's
    """
)
_YES: Final = _words(
    """
    yes yeah yep yup correct right exactly si claro correcto sure affirmative
    """
)
_NO: Final = _words(
    """
    no nope none never nunca ninguno ninguna nada negative neither nah
    """
)

_STOP: Final = _words(
    """
    a about above after again all also am an and any anything are as asked at be been being before below
    both by can come comes could day days did do does doing done down during each else even ever every few
    for from further get gets getting give given go goes going got had has have having he her here hers him
    his how i if in into is it its just keep kind know last let lets like little lot made make makes many me
    mean meant might more most much must my need needs new next now of off ok okay on once one only or other
    our out over own per please put really right said same say says see seem seems she should since so some
    something sometimes soon still such sure take takes taking than that the their them then there these
    they thing things think this those through time times to today told too took try under until up us use
    used using usually very want wants was way we well went were what when where which while who why will
    with would yes yet you your about_ actually maybe probably bit feel feels feeling felt back start
    started stop stopped patient patients family clinician doctor reports reported states stated denies
    denied notes noted describes reported_ report experiencing experience history currently current since_
    approximately including morning evening night week weeks month months year years hour hours minute
    minutes ago daily twice three two four five six im ive id ill dont doesnt didnt cant wont thats whats
    lets youre theyre hes shes no not never none without nor neither de la el los las un una unos unas y o
    que en con por para su sus mi mis me se le lo les al del es son fue ha he han tengo tiene tienen estoy
    esta estan ser estar muy mas pero como cuando desde hasta ya si no ni sin hace dia dias semana semanas
    mes meses ano anos tambien porque esto eso hay nos yo usted ella ellos paciente tomo toma tomar desde_
    good better worse bad mild moderate severe high low normal left right side_ pretty able unable never_
    having_
    """
)

_ACTIONS: Final = {
    form: action
    for action, forms in {
        "start": "start started starting starts begin began begun initiate initiated prescribe prescribed prescribing add"
                 " added adding empiece empezar iniciar inicie empezo recetar receto",
        "stop": "stop stopped stopping stops discontinue discontinued hold held holding quit cease suspend suspenda suspender"
                " suspendio deje dejar avoid avoids avoiding evite evitar",
        "increase": "increase increased increasing raise raised bump aumentar aumente aumento suba subir double doubled",
        "decrease": "decrease decreased decreasing reduce reduced reducing lower lowered lowering taper cut reduzca reducir baje"
                    " bajar halve",
        "continue": "continue continued continuing continues keep maintain stay remain continue_ siga seguir mantener",
        "take": "take takes taking took taken use uses using tome tomar toma tomo apply",
    }.items()
    for form in forms.split()
}  # fmt: skip
OPPOSED: Final = {
    "start": {"stop"}, "continue": {"stop"}, "take": {"stop"}, "stop": {"start", "continue", "take"},
    "increase": {"decrease"}, "decrease": {"increase"},
}  # fmt: skip
_NEGATED: Final = {"stop": "continue", "start": "stop", "take": "stop", "continue": "stop"}

_DRUGLIKE: Final = re.compile(
    r"[a-z]{3,}(?:pril|sartan|olol|statin|mycin|micin|cillin|cilina|azole|prazole|tidine|gliptin|gliflozin|mab|nib|oxetine"
    r"|azepam|azolam|setron|dipine|floxacin|ciclovir|cyclovir|caine|parin|xaban|triptan|cycline|sone|solone|thiazide|"
    r"formin|glutide|zosin|afil|fenac|profen|barbital|codone|morphone|peridol|apine|azine|mide)$"
)
_NOT_DRUGS: Final = _words(
    """
    routine marine machine genuine amide provide beside decide
    """
)
_BEFORE_DOSES: Final = _words(
    """
    take takes taking took taken dose doses dosage only about around another exactly meant reports reported
    from least most than that with give gives given giving start started starting increase increased
    decrease decreased reduce reduced continue every daily twice once times just said told says maybe
    roughly approximately total additional extra currently were using uses used prescribed they them this
    these those into onto were been tome tomar tomo toma unos unas cada dosis actually really still also
    then down maximum under over raise raised lower lowered patient clinician what your now tablet tablets
    capsule capsules pill pills strength weighs weight each morning evening night bedtime went goes decir digo dice solo sobre hasta
    """
)
_ALLERGIC: Final = ("allerg", "anaphyla", "alerg", "anafila")
_CORRECTING: Final = re.compile(
    r"\b(?:i meant|i mis-?spoke|correction|scratch that|my mistake|let me correct|no,? wait|wait,? no|i was wrong|"
    r"i said (?:that )?wrong|quise decir|queria decir|me equivoque|corrijo|perdon,? (?:no|es|son|era)|"
    r"actually,? (?:it'?s|it is|it was|that'?s)|no,? sorry|sorry,? (?:it'?s|not|no))\b"
)


@dataclass(frozen=True)
class Figure:
    """A number: its value in its canonical unit, and that unit."""

    value: Decimal
    unit: str | None
    at: int
    #: "120/80" and the like, which compare as a whole.
    pair: str | None = None

    @property
    def kind(self) -> Literal["dose", "time", "number"]:
        """What it measures."""
        if self.unit in _DOSED:
            return "dose"
        return "time" if self.unit in _TIMES else "number"


@dataclass(frozen=True)
class Mention:
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


@dataclass(frozen=True)
class Said:
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
    return bool(_CORRECTING.search(plain(text)))


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
        self._figures()
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
            first[0] in _NO
            or first[:2] == ["not", "really"]
            or first[:2] == ["not", "at"]
            or (first[0] == "i" and "don't" in first[:3])
        ):
            return "no"
        if (
            first[0] in _YES
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
                if _DRUGLIKE.fullmatch(word) and word not in _NOT_DRUGS and (word,) not in terms():
                    self.meds.append((i, word))
            i += 1
        allergic = any(t.startswith(_ALLERGIC) for t in self.tokens) or "reaction to" in self.text
        self.reading.medicines |= {name for _, name in self.meds}
        self.reading.contexts |= {(name, "allergy" if allergic else "use") for _, name in self.meds}

    # Figures

    def _figures(self) -> None:
        i = 0
        found: list[Figure] = []
        while i < len(self.tokens):
            made = self._number(i)
            if made is None:
                i += 1
                continue
            value, pair, end = made
            unit, factor, end = self._unit(end)
            if pair is None and end < len(self.tokens) - 1 and self.tokens[end] == "over" and unit is None:
                below = self._number(end + 1)
                if below is not None and below[1] is None:
                    pair, end = f"{value.normalize():f}/{below[0].normalize():f}", below[2]
                    unit, _, end = self._unit(end)
            found.append(Figure(value * factor, unit, i, pair))
            i = max(end, i + 1)
        # "two to three days", "10 or 20 mg": the first is of the second's unit.
        for first, second in zip(found, found[1:], strict=False):
            between = self.tokens[first.at + 1 : second.at]
            if (
                first.unit is None
                and second.unit is not None
                and first.pair is None
                and set(between) <= {"to", "or", "a", "and", "o", "hundred"}
            ):
                factor = self._factor_at(second)
                found[found.index(first)] = Figure(first.value * factor, second.unit, first.at)
        self.reading.figures = found

    def _factor_at(self, figure: Figure) -> Decimal:
        for token in self.tokens[figure.at + 1 : figure.at + 5]:
            if token in _UNITS and _UNITS[token][0] == figure.unit:
                return _UNITS[token][1]
        return Decimal(1)

    def _number(self, i: int) -> tuple[Decimal, str | None, int] | None:
        token = self.tokens[i]
        following = self.tokens[i + 1] if i + 1 < len(self.tokens) else ""
        if token[0].isdigit():
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}", token):
                return None
            if "/" in token:
                above, below = token.split("/")
                return _decimal(above), f"{_decimal(above).normalize():f}/{_decimal(below).normalize():f}", i + 1
            return _decimal(token), None, i + 1
        if token in {"a", "an"}:
            timed = _UNITS.get(following)
            # Not "per day": "twice a day" is a frequency.
            counted = timed is not None and timed[0] in _TIMES and not self._per(i)
            return (Decimal(1), None, i + 1) if counted else None
        if token in {"couple", "par"}:
            return Decimal(2), None, i + (2 if following in {"of", "de"} else 1)
        if token in _HALVES and (following in _UNITS or following in {"a", "of"}):
            return _HALVES[token], None, i + (2 if following in {"a", "of"} else 1)
        return self._spelled(i)

    def _per(self, i: int) -> bool:
        return i > 0 and self.tokens[i - 1] in {"once", "twice", "times", "time", "time_", "veces", "vez", "per"}

    def _spelled(self, i: int) -> tuple[Decimal, str | None, int] | None:
        """A number in words, from `i`: "one hundred and twenty", "one twenty", "two point five", "treinta y dos"."""
        total = part = 0
        end, started = i, False
        while end < len(self.tokens):
            token = self.tokens[end]
            if token in _DIGITS:
                if started and part % 10 and _DIGITS[token] < 10:
                    break
                part += _DIGITS[token]
            elif token in _TENS:
                if started and 0 < part < 10:
                    part *= 100
                elif started and part % 100:
                    break
                part += _TENS[token]
            elif token in _HUNDREDS:
                part = max(part, 1) * 100 if token == "hundred" else part + _HUNDREDS[token]
            elif token in _THOUSANDS:
                total, part = total + max(part, 1) * 1000, 0
            elif (
                token in {"and", "y"}
                and started
                and end + 1 < len(self.tokens)
                and (self.tokens[end + 1] in _DIGITS or self.tokens[end + 1] in _TENS)
                and (part >= 20 or total)
                and (token == "y" or part % 100 == 0)
            ):
                end += 1
                continue
            else:
                break
            started, end = True, end + 1
        if not started:
            return None
        value = Decimal(total + part)
        if end + 1 < len(self.tokens) and self.tokens[end] in {"point", "punto"} and self.tokens[end + 1] in _DIGITS:
            value += Decimal(_DIGITS[self.tokens[end + 1]]) / 10
            end += 2
        lone = end == i + 1 and self.tokens[i] in {"one", "un", "uno", "una"}
        if lone and (end >= len(self.tokens) or self.tokens[end] not in _UNITS):
            return None
        return value, None, end

    def _unit(self, i: int) -> tuple[str | None, Decimal, int]:
        if i < len(self.tokens):
            token = self.tokens[i]
            if token in _UNITS:
                unit, factor = _UNITS[token]
                if unit in _TIMES and i + 1 < len(self.tokens) and self.tokens[i + 1] == "old":
                    return None, Decimal(1), i + 2
                # mg/dl, mg per dl: a concentration, not a dose.
                if (
                    token in {"mg", "g", "mcg"}
                    and i + 2 < len(self.tokens)
                    and self.tokens[i + 1] in {"/", "per"}
                    and self.tokens[i + 2] in {"dl", "l"}
                ):
                    return "concentration", Decimal(1), i + 3
                return unit, factor, i + 1
            if token == "mmhg":
                return None, Decimal(1), i + 1
        return None, Decimal(1), i

    # Doses

    def _doses(self) -> None:
        dosed = [f for f in self.reading.figures if f.kind == "dose"]
        for figure in dosed:
            self.reading.doses.append((self._medicine_of(figure.at), figure.value, str(figure.unit)))
        for first, second in zip(dosed, dosed[1:], strict=False):
            between = self.tokens[first.at : second.at]
            if "to" in between and ("from" in self.tokens[max(0, first.at - 2) : first.at] or "to" in between[-2:]):
                self.reading.changes.add((first.value, second.value))
        # A name before a dose is a medicine's, known or not.
        for figure in dosed:
            word = self.tokens[figure.at - 1] if figure.at else ""
            if word.isalpha() and len(word) >= 4 and word not in _BEFORE_DOSES and word not in _STOP:
                near = {name for at, name in self.meds if figure.at - 3 <= at < figure.at}
                if (
                    not near
                    and (word,) not in terms()
                    and word not in _UNITS
                    and word not in _DIGITS
                    and word not in _TENS
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
        for pattern, per_day in _FREQUENCIES:
            if pattern.search(text):
                found.add(per_day)
        for number in re.finditer(r"every (\w+) (?:hours|hrs|h)\b|cada (\w+) horas", text):
            hours = _small(number[1] or number[2])
            if hours and 24 % hours == 0:
                found.add(str(24 // hours))

    # Sides

    def _sides(self) -> None:
        known = parts()
        for i, token in enumerate(self.tokens):
            side = _SIDES.get(token)
            if side is None:
                continue
            near = [self.tokens[j] for j in range(i + 1, min(i + 4, len(self.tokens)))]
            stop = next((n for n, t in enumerate(near) if t in {",", ".", "and", "but", ";"}), len(near))
            part = next((known[t] for t in near[:stop] if t in known), None)
            if part is None and i:
                # Spanish puts the side behind: "rodilla izquierda".
                back = [self.tokens[j] for j in range(max(0, i - 2), i)]
                part = next((known[t] for t in reversed(back) if t in known), None) if side != "both" else None
            if part is None and stop and side != "both" and near[0].isalpha() and near[0] not in _NO_PARTS:
                part = stem(near[0])
            lead = self.tokens[max(0, i - 2) : i]
            beside = (lead[-1:] == ["the"] and lead[0] in {"on", "in", "to", "from"}) or lead[-1:] == ["my"]
            if part is not None or token in {"bilateral", "bilaterally"} or (beside and side != "both"):
                self.reading.sides.add((side, part))
                if part is not None:
                    self.sided.append((i, side, part))

    # Dates

    def _dates(self) -> None:
        said_on = self.said.at.date() if self.said.at else None
        for length in (3, 2, 1):
            for i in range(len(self.tokens) - length + 1):
                found = _RELATIVE.get(tuple(self.tokens[i : i + length]))
                if found is not None:
                    self.reading.dates.add(("relative", found[0]))
                    if found[1] is not None and said_on is not None:
                        self.reading.days.add(said_on + timedelta(days=found[1]))
        for i, token in enumerate(self.tokens):
            if token in _WEEKDAYS:
                self.reading.dates.add(("weekday", str(_WEEKDAYS[token])))
            elif token in _MONTHS or (token == "may" and self._is_month(i)):
                self._month(i, 5 if token == "may" else _MONTHS[token])
            elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", token):
                self._day(token)
            elif re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}", token):
                month, day, year = (int(p) for p in token.split("/"))
                self._day(f"{year + 2000 if year < 100 else year:04d}-{month:02d}-{day:02d}")

    def _is_month(self, i: int) -> bool:
        return (i > 0 and self.tokens[i - 1] in {"in", "since", "last", "of", "this", "next"}) or self._day_at(
            i
        ) is not None

    def _day_at(self, i: int) -> int | None:
        for j in (i + 1, i - 1, i - 2):
            if 0 <= j < len(self.tokens):
                digits = re.fullmatch(r"(\d{1,2})", self.tokens[j])
                if digits and 1 <= int(digits[1]) <= 31 and (j != i - 2 or self.tokens[i - 1] in {"of", "de"}):
                    return j
        return None

    def _month(self, i: int, month: int) -> None:
        self.reading.dates.add(("month", str(month)))
        j = self._day_at(i)
        if j is not None:
            day = int(self.tokens[j])
            self.reading.dates.add(("day", f"{month}-{day}"))
            self.reading.figures = [f for f in self.reading.figures if f.at != j]

    def _day(self, text: str) -> None:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return
        self.reading.days.add(day)
        self.reading.dates.add(("iso", text))

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
            if (i and (token in {";", ":", ".", "(", ")"} or token in _TURNS)) or (
                i and token in {"and", "y", ","} and (following in _PRONOUNS or following in _RELATIONS)
            ):
                cuts.append(i)
        return list(zip(cuts, [*cuts[1:], len(self.tokens)], strict=True))

    def _whose(self, start: int, end: int) -> Person | None:
        tokens = self.tokens[start:end]
        if ("family" in tokens and ("history" in tokens or "runs" in tokens)) or "familiares" in tokens:
            related = next((_RELATIONS[t] for t in tokens if t in _RELATIONS), None)
            return related or "family"
        for i, token in enumerate(tokens):
            relation = _RELATIONS.get(token)
            if relation is None and token.endswith("'s"):
                relation = _RELATIONS.get(token[:-2])
            if relation is None:
                continue
            following = tokens[i + 1] if i + 1 < len(tokens) else ""
            if following in _REPORTS:
                return None
            owner = tokens[i - 1] if i else ""
            theirs = owner in {"his", "her", "their", "su"} or "patient's" in tokens[max(0, i - 2) : i]
            if relation in {"child", "baby"} and owner in {"the", "this"}:
                return None
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
            if token in _NEGATORS or token.endswith("n't"):
                if any(tuple(tokens[i : i + len(p)]) == p for p in _NOT_NEGATING):
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
            if token in _BEHIND and token not in {"no"}:
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
                    and word not in _STOP
                    and word not in _RELATIONS
                    and word not in _NEGATORS
                    and word not in _ACTIONS
                    and word not in _UNITS
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
                action = _ACTIONS.get(self.tokens[i])
                if action is None:
                    continue
                if i in denied and self.tokens[i] not in {"avoid", "avoiding"}:
                    action = _NEGATED.get(action, action)
                    if (
                        action == "stop"
                        and self.tokens[i] in {"take", "takes", "taking", "use"}
                        and "stop" in self.tokens[start:i]
                    ):
                        action = "continue"
                elif action == "take" and i > start and _ACTIONS.get(self.tokens[i - 1]) is not None:
                    continue
                self.reading.actions.add((action, self._object(i, end)))

    def _object(self, i: int, end: int) -> str | None:
        behind = [(at, name) for at, name in self.meds if i < at < end]
        if behind:
            return behind[0][1]
        ahead = [name for at, name in self.meds if at < i]
        return ahead[-1] if ahead else self.before


_SIDES: Final = {
    "left": "left", "right": "right", "izquierda": "left", "izquierdo": "left", "derecha": "right", "derecho": "right",
    "both": "both", "bilateral": "both", "bilaterally": "both", "ambos": "both", "ambas": "both",
}  # fmt: skip
#: What follows "right" and "left" where they are no sides ("right now", "left work").
_NO_PARTS: Final = frozenset(
    """now away after before here there then the a an at for to on in of with from by as if when while so because that this
    it me him her us them work home alone school hospital early yesterday today last and or but is was are were has had my
    your his their over out off behind untreated side one ones hand_ que de en la el y o es esta con por desde""".split()
)
_FREQUENCIES: Final = tuple(
    (re.compile(pattern), per_day)
    for pattern, per_day in (
        (r"\bonce (?:a|per|every) day\b|\bonce daily\b|\bevery day\b|\bqd\b|\buna vez al dia\b|\bone time a day\b|\beach day\b", "1"),
        (r"(?<!twice )(?<!times )\bdaily\b(?! living| activit)", "1"),
        (r"\bnightly\b|\bat bedtime\b|\bevery (?:night|morning|evening)\b|\bqhs\b|\bal acostarse\b|\bcada (?:noche|manana)\b", "1"),
        (r"\btwice (?:a|per) day\b|\btwice daily\b|\bbid\b|\btwo times (?:a|per) day\b|\bdos veces al dia\b|\b2 times (?:a|per) day\b|\b2x daily\b", "2"),
        (r"\bthree times (?:a|per) day\b|\bthree times daily\b|\btid\b|\btres veces al dia\b|\b3 times (?:a|per) day\b", "3"),
        (r"\bfour times (?:a|per) day\b|\bfour times daily\b|\bqid\b|\bcuatro veces al dia\b|\b4 times (?:a|per) day\b", "4"),
        (r"\bonce (?:a|per) week\b|\bweekly\b|\bevery week\b|\buna vez (?:a la|por) semana\b", "weekly"),
        (r"\btwice (?:a|per) week\b|\btwice weekly\b", "twice weekly"),
        (r"\bevery other day\b", "alternate"), (r"\bas needed\b|\bprn\b|\bwhen needed\b|\bsi es necesario\b", "as needed"),
        (r"\bonce (?:a|per) month\b|\bmonthly\b", "monthly"),
    )
)  # fmt: skip


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


def _decimal(text: str) -> Decimal:
    """A number as it is written: 1,000 is a thousand; 7,5 is seven and a half."""
    head, comma, tail = text.rpartition(",")
    if comma and len(tail) != 3:
        text = f"{head.replace(',', '')}.{tail}"
    parts_ = text.replace(",", "").split(".")
    return Decimal(parts_[0] + ("." + "".join(parts_[1:]) if len(parts_) > 1 else ""))


def _small(word: str) -> int:
    return int(word) if word.isdigit() else _DIGITS.get(word, 0)
