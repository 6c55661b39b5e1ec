"""Texts in the reader's language, from gettext catalogues.

A text's key is its English wording, so English needs no catalogue and a missing translation reads as English; a test
keeps none from missing. Catalogues are `.po` files in `locales/`, read on the first use of their language: a process
that only ever answers in English reads none.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

#: Languages there are catalogues of, the one keys are written in first.
LOCALES: Final = ("en", "es")
DEFAULT: Final = LOCALES[0]
FOLDER: Final = Path(__file__).parent / "locales"


def _(key: str, locale: str, **values: object) -> str:
    """`key` in the language of `locale`, its `{names}` replaced by `values`."""
    text = key if locale == DEFAULT else _text(locale, key)
    return text.format(**values) if values else text


def plural(one: str, many: str, count: int, locale: str, **values: object) -> str:
    """`one` or `many`, by `count` (which is `{count}` in either) and the language's own rule."""
    if locale == DEFAULT:
        text = one if count == 1 else many
    else:
        catalogue = _catalogue(locale)
        found = catalogue.get(one)
        forms = found.string if found is not None and isinstance(found.string, tuple) else ()
        index = 0 if count == 1 else 1
        text = forms[index] if len(forms) > index and forms[index] else (one if count == 1 else many)
    return text.format(count=count, **values)


def chosen(accept_language: str) -> str:
    """The language of `LOCALES` that an Accept-Language header asks for most (RFC 9110 §12.5.4); else English."""
    best, weight = DEFAULT, 0.0
    for part in accept_language.split(","):
        name, _sep, parameters = part.strip().partition(";")
        quality = _quality(parameters)
        language = name.strip().lower().split("-")[0]
        language = DEFAULT if language == "*" else language
        if language in LOCALES and quality > weight:
            best, weight = language, quality
    return best


def supported(language: str) -> str:
    """`language` if there is a catalogue of it, else English."""
    return language if language in LOCALES else DEFAULT


def _quality(parameters: str) -> float:
    name, _sep, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


def _text(locale: str, key: str) -> str:
    found = _catalogue(locale).get(key)
    if found is None or found.fuzzy or not isinstance(found.string, str):
        return key
    return found.string or key


@cache
def _catalogue(locale: str) -> "Catalog":
    # Babel costs tens of milliseconds to import, for those who read another language.
    from babel.messages.pofile import read_po

    with (FOLDER / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=locale)
