"""What the directory of providers is searched by.

Each entry has a map of facets, and a search names those that must all be there: Firestore joins the automatic indexes
of as many as are asked, so any combination of filters is exact, costs reads by the page, and needs no composite index
(an array-contains allows one member a query; an index per combination would be dozens).

    s_<slug>      specialty, and everything above it      i_<name>      insurance
    g_<name>      language                                l_<word>      a word of a place: city, state, zip, street
    d_<yyyymmdd>  free on the day, 30 days ahead          w_<weekday>   has hours on the weekday at all
    n_<token>     beginning of a word of the name (blind)                a_yes         takes new patients
"""

import base64
import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from shared.reference import specialties
from shared.scheduling.availability import WEEKDAYS, Schedule, last_day
from shared.scheduling.profiles import ProviderProfile
from shared.store.crypto import Sealer, search_words

#: Days ahead for which `refresh_provider` finds out whether there is a free slot.
HORIZON_DAYS: Final = 30

#: Words of one search that count.
MOST_WORDS: Final = 8

#: A facet that nobody has.
NOBODY: Final = "none"

#: Two-letter codes of languages that people write for their names (ISO 639-1).
_LANGUAGES: Final = {
    "ar": "arabic", "bn": "bengali", "de": "german", "en": "english", "es": "spanish", "fa": "persian", "fr": "french",
    "gu": "gujarati", "he": "hebrew", "hi": "hindi", "ht": "haitian creole", "hy": "armenian", "it": "italian",
    "ja": "japanese", "km": "khmer", "ko": "korean", "nl": "dutch", "pa": "punjabi", "pl": "polish",
    "pt": "portuguese", "ru": "russian", "so": "somali", "sw": "swahili", "ta": "tamil", "te": "telugu",
    "tl": "tagalog", "tr": "turkish", "uk": "ukrainian", "ur": "urdu", "vi": "vietnamese", "zh": "chinese",
}  # fmt: skip

_STATES: Final = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip


def _facet(kind: str, text: str) -> str:
    """A facet of `text` as a field name that needs no quoting."""
    name = "_".join(search_words(text))
    if not name:
        return NOBODY
    if not (name.isascii() and len(name) <= 60):
        name = hashlib.sha256(name.encode()).hexdigest()[:24]
    return f"{kind}_{name}"


def specialty(slug: str) -> str:
    """Facet of a specialty."""
    return _facet("s", slug)


def insurance(name: str) -> str:
    """Facet of an insurance, in whatever case."""
    return _facet("i", name)


def language(name: str) -> str:
    """Facet of a language, by English name or two-letter code."""
    return _facet("g", _LANGUAGES.get(name.strip().lower(), name))


def place(text: str) -> list[str]:
    """Facets of the words of a place; all of them have to be there."""
    words = search_words(text)[:MOST_WORDS]
    return [_facet("l", word) for word in words] or [NOBODY]


def named(text: str, sealer: Sealer) -> list[str]:
    """Facets of beginnings of words of a name; all of them have to be there."""
    words = search_words(text)[:MOST_WORDS]
    return [_name(sealer.prefix("name", word)) for word in words] or [NOBODY]


def free_on(day: date, today: date) -> str:
    """Facet of having a free slot on a day; further ahead than is computed, of working on such a weekday at all."""
    if not today <= day <= last_day(today + timedelta(days=1)):
        return NOBODY
    if day < today + timedelta(days=HORIZON_DAYS - 1):
        return f"d_{day:%Y%m%d}"
    return f"w_{WEEKDAYS[day.weekday()]}"


ACCEPTING: Final = "a_yes"


def of(profile: ProviderProfile, schedule: Schedule, sealer: Sealer) -> dict[str, bool]:
    """Every facet of a provider."""
    found: set[str] = set()
    for slug in {*profile.specialties, *([profile.specialty] if profile.specialty else [])}:
        found |= {specialty(above) for above in specialties.lineage(slug)}
    found |= {insurance(name) for name in profile.insurances}
    found |= {language(name) for name in profile.languages}
    for location in profile.locations:
        state = _STATES.get(location.state.upper(), "")
        found |= set(_words((location.address, location.city, location.state, state, location.zip_code)))
    found |= {_name(token) for token in sealer.prefixes("name", profile.name)}
    found |= {f"d_{day:%Y%m%d}" for day in free_dates(profile)}
    found |= {f"w_{rule.weekday}" for rule in schedule.weekly if rule.is_active}
    if profile.accepting_new_patients:
        found.add(ACCEPTING)
    return dict.fromkeys(sorted(found - {NOBODY}), True)


def free_dates(profile: ProviderProfile) -> list[date]:
    """The days of the bitmap that have a free slot."""
    if profile.free_from is None:
        return []
    return [profile.free_from + timedelta(days=n) for n in range(HORIZON_DAYS) if profile.free_days >> n & 1]


def _words(texts: Iterable[str]) -> Iterable[str]:
    return (_facet("l", word) for text in texts for word in search_words(text)[: MOST_WORDS * 2])


def _name(token: str) -> str:
    # Field names take no "-": the same 128 bits, written otherwise.
    return "n_" + base64.urlsafe_b64decode(token + "==").hex()
