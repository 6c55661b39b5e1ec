"""The words by which texts are read: numbers, units, dates, relations, denials, actions. English and Spanish, lower
case, without accents (`shared.scribe.lexicon.plain`). A form with `_` behind it is switched off: it means too much else.
"""

import re
from decimal import Decimal
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DIGITS: Final = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "cero": 0, "un": 1, "uno": 1, "una": 1, "dos": 2, "tres": 3,
    "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10, "once_": 11, "doce": 12,
    "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19,
    "veintiuno": 21, "veintidos": 22, "veintitres": 23, "veinticuatro": 24, "veinticinco": 25, "veintiseis": 26,
    "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
}  # fmt: skip
TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80,
    "noventa": 90,
}  # fmt: skip
HUNDREDS: Final = {
    "hundred": 100, "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400,
    "quinientos": 500, "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
THOUSANDS: Final = {"thousand": 1000, "mil": 1000}
HALVES: Final = {"half": Decimal("0.5"), "medio": Decimal("0.5"), "media": Decimal("0.5")}

#: Unit, its canonical unit, and what one is in it.
UNITS: Final[dict[str, tuple[str, Decimal]]] = {
    form: (unit, Decimal(factor))
    for unit, factor, forms in (
        ("mg", "1", "mg mgs milligram milligrams miligramo miligramos"),
        ("mg", "1000", "g gram grams gm gramo gramos"),
        ("mg", "0.001", "mcg ug microgram micrograms µg microgramos"),
        ("ml", "1", "ml mls cc milliliter milliliters millilitre millilitres mililitros"),
        ("ml", "1000", "l liter liters litre litres litro litros"),
        ("ml", "5", "teaspoon teaspoons tsp cucharadita cucharaditas"),
        ("unit", "1", "unit units iu unidades unidad"),
        ("tablet", "1", "tablet tablets pill pills tab tabs capsule capsules tableta tabletas pastilla pastillas comprimido comprimidos"),
        ("puff", "1", "puff puffs inhalation inhalations inhalaciones"), ("drop", "1", "drop drops gota_ gotas"),
        ("spray", "1", "spray sprays"), ("patch", "1", "patch patches parche parches"),
        ("percent", "1", "% percent por_ciento"), ("kg", "1", "kg kgs kilo kilos kilogram kilograms kilogramos"),
        ("lb", "1", "lb lbs pound pounds libras"), ("cm", "1", "cm centimeters centimetros"),
        ("mm", "1", "mm millimeters milimetros"), ("inch", "1", "inch inches pulgadas"),
        ("bpm", "1", "bpm beats"), ("times", "1", "times veces"), ("degree", "1", "degree degrees grados fahrenheit celsius"),
        ("hour", "1", "hour hours hr hrs hora horas"), ("minute", "1", "minute minutes min mins minuto minutos"),
        ("day", "1", "day days dia dias"), ("day", "7", "week weeks semana semanas"),
        ("month", "1", "month months mes meses"), ("month", "12", "year years yr yrs ano anos"),
        ("night", "1", "night nights noche noches"),
    )
    for form in forms.split()
}  # fmt: skip
TIMES: Final = frozenset({"hour", "minute", "day", "month", "night"})
DOSED: Final = frozenset({"mg", "ml", "unit", "tablet", "puff", "drop", "spray", "patch"})

MONTHS: Final = {
    name: number
    for number, names in enumerate(
        ["january enero", "february febrero", "march marzo", "april abril", "may_ mayo", "june junio", "july julio", "august agosto", "september septiembre", "october octubre", "november noviembre", "december diciembre"], 1)
    for name in names.split()
}  # fmt: skip
WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        ["monday lunes", "tuesday martes", "wednesday miercoles", "thursday jueves", "friday viernes", "saturday sabado", "sunday domingo"])
    for name in names.split()
}  # fmt: skip
#: Relative dates: canonical name, days from the day it is said where that is one day.
RELATIVE: Final[dict[tuple[str, ...], tuple[str, int | None]]] = {
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

RELATIONS: Final = {
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
BLOOD: Final = _words(
    """
    mother father parent brother sister grandmother grandfather grandparent aunt uncle cousin son daughter
    child twin
    """
)  # fmt: skip
#: What a relation does without being the one it is about.
REPORTS: Final = _words(
    """
    says said reports reported states stated told tells thinks thought noticed notices worries worried
    denies describes called calls brought gave gives drove noted mentions mentioned dice informa refiere
    nota cree asks asked
    """
)

#: Words by which a sentence of a note says that somebody said it.
SAYING: Final = _words(
    """
    says said reports reported reporting states stated stating denies denied denying mentions mentioned endorses
    endorsed endorsing complains complained complaining describes described describing acknowledges confirms confirmed
    recalls told tells informs answers answered dice dijo refiere refirio niega nego informa informo menciona menciono
    reporta reporto afirma describe comenta comento confirma
    """
)

NEGATORS: Final = _words(
    """
    no not never without denies denied deny denying none nor neither cannot nunca sin niega tampoco ni jamas
    ningun ninguna isn't aren't wasn't weren't don't doesn't didn't haven't hasn't hadn't won't can't
    couldn't wouldn't shouldn't avoid
    """
)  # fmt: skip
BEHIND: Final = frozenset({"negative", "absent", "none", "denied", "negativo", "negativa", "ninguno"})
NOT_NEGATING: Final = (
    ("no", "change"), ("not", "only"), ("no", "doubt"), ("not", "sure"), ("don't", "know"), ("no", "se"),
    ("not", "just"), ("no", "problem"), ("no", "worries"), ("can't", "stop"), ("don't", "worry"), ("don't", "forget"),
    ("not", "until"), ("no", "more", "than"), ("not", "more", "than"), ("no", "later", "than"),
)  # fmt: skip
TURNS: Final = _words(
    """
    but however although though except yet pero aunque sino excepto instead because since then so porque
    """
)
PRONOUNS: Final = _words(
    """
    i he she they we you it patient pt yo el ella my his her their mi su there i'm i've he's she's it's
    """
)
YES: Final = _words(
    """
    yes yeah yep yup correct right exactly si claro correcto sure affirmative
    """
)
NO: Final = _words(
    """
    no nope none never nunca ninguno ninguna nada negative neither nah
    """
)

STOP: Final = _words(
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

ACTIONS: Final = {
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
    "start": {"stop"}, "continue": {"stop"}, "take": {"stop"}, "stop": {"start", "continue", "take", "increase", "decrease"},
    "increase": {"decrease", "stop"}, "decrease": {"increase", "stop"},
}  # fmt: skip
NEGATED: Final = {"stop": "continue", "start": "stop", "take": "stop", "continue": "stop"}

DRUGLIKE: Final = re.compile(
    r"[a-z]{3,}(?:pril|sartan|olol|statin|mycin|micin|cillin|cilina|azole|prazole|tidine|gliptin|gliflozin|mab|nib|oxetine"
    r"|azepam|azolam|setron|dipine|floxacin|ciclovir|cyclovir|caine|parin|xaban|triptan|cycline|sone|solone|thiazide|"
    r"formin|glutide|zosin|afil|fenac|profen|barbital|codone|morphone|peridol|apine|azine|mide)$"
)
NOT_DRUGS: Final = _words(
    """
    routine marine machine genuine amide provide beside decide
    """
)
BEFORE_DOSES: Final = _words(
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
ALLERGIC: Final = ("allerg", "anaphyla", "alerg", "anafila")
CORRECTING: Final = re.compile(
    r"\b(?:i meant|i mis-?spoke|correction|scratch that|my mistake|let me correct|no,? wait|wait,? no|i was wrong|"
    r"i said (?:that )?wrong|quise decir|queria decir|me equivoque|corrijo|perdon,? (?:no|es|son|era)|"
    r"actually,? (?:it'?s|it is|it was|that'?s)|no,? sorry|sorry,? (?:it'?s|not|no))\b"
)


SIDES: Final = {
    "left": "left", "right": "right", "izquierda": "left", "izquierdo": "left", "derecha": "right", "derecho": "right",
    "both": "both", "bilateral": "both", "bilaterally": "both", "ambos": "both", "ambas": "both",
}  # fmt: skip
#: What follows "right" and "left" where they are no sides ("right now", "left work").
NO_PARTS: Final = frozenset(
    [
        "now",
        "away",
        "after",
        "before",
        "here",
        "there",
        "then",
        "the",
        "a",
        "an",
        "at",
        "for",
        "to",
        "on",
        "in",
        "of",
        "with",
        "from",
        "by",
        "as",
        "if",
        "when",
        "while",
        "so",
        "because",
        "that",
        "this",
        "it",
        "me",
        "him",
        "her",
        "us",
        "them",
        "work",
        "home",
        "alone",
        "school",
        "hospital",
        "early",
        "yesterday",
        "today",
        "last",
        "and",
        "or",
        "but",
        "is",
        "was",
        "are",
        "were",
        "has",
        "had",
        "my",
        "your",
        "his",
        "their",
        "over",
        "out",
        "off",
        "behind",
        "untreated",
        "side",
        "one",
        "ones",
        "hand_",
        "que",
        "de",
        "en",
        "la",
        "el",
        "y",
        "o",
        "es",
        "esta",
        "con",
        "por",
        "desde",
    ]
)
FREQUENCIES: Final = tuple(
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
