"""Bring the catalogues of texts up to date with the code.

    python -m tools.i18n           add what is new to each catalogue, drop what is gone, list what has no translation
    python -m tools.i18n --check   change nothing; exit 1 when something has no translation

Texts are found where they are written: messages of `shared/errors.py`, what validators and `Detail`s say, `_(…)` and
`plural(…)` in the code and in e-mail templates, and the words of notifications. A text that is put together with an
f-string cannot be found, and stays English: write `_("… {name} …", locale, name=…)`.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from shared.errors import catalogue as errors
from shared.http.wording import PYDANTIC
from shared.i18n import FOLDER, LOCALES
from shared.notifications.vocabulary import TEXTS, TEXTS_ABOUT

ROOT = Path(__file__).parents[1]
#: Where validators of requests are: what a `ValueError` says there is answered in an error's details.
_VALIDATORS = re.compile(r"(models|fields|phone|query|measures|words|values|rules|zones)\.py$")
_IN_TEMPLATE = re.compile(r'_\("([^"]+)"')

Text = str | tuple[str, str]


def texts() -> dict[Text, set[str]]:
    """Every text to translate, a pair where it has a plural, and the files it is in."""
    found: dict[Text, set[str]] = {}

    def add(text: Text, where: str) -> None:
        found.setdefault(text, set()).add(where)

    for error in errors():
        add(error.message, "shared/errors.py")
    for text in PYDANTIC.values():
        add(text, "shared/http/wording.py")
    for said in (*TEXTS.values(), *TEXTS_ABOUT.values()):
        add(said.title, "shared/notifications/vocabulary.py")
        add(said.body, "shared/notifications/vocabulary.py")
    names = {error.__name__ for error in errors()}
    for folder in ("shared", "functions", "realtime"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for each in _in_code(path, names):
                add(each, str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "shared/mail/templates").iterdir()):
        for each in _IN_TEMPLATE.findall(path.read_text()):
            add(each, str(path.relative_to(ROOT)))
    return found


def _in_code(path: Path, errors_by_name: set[str]) -> Iterator[Text]:
    validates = bool(_VALIDATORS.search(path.name))
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
        if name == "plural" and len(words) > 1 and isinstance(words[0], str) and isinstance(words[1], str):
            yield words[0], words[1]
        elif name == "Detail" and len(words) > 1 and isinstance(words[1], str):
            yield words[1]
        elif words and isinstance(words[0], str) and (
            name == "_" or name in errors_by_name or (name == "ValueError" and validates)
        ):  # fmt: skip
            yield words[0]


def path_of(locale: str) -> Path:
    """The catalogue of a language."""
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def updated(locale: str) -> Catalog:
    """The catalogue of `locale` with exactly the texts there are, translated as far as they were."""
    before = Catalog(locale)
    if path_of(locale).exists():
        with path_of(locale).open("rb") as file:
            before = read_po(file, locale=locale)
    made = Catalog(locale, project="ConsentMD", fuzzy=False, header_comment="# Texts of ConsentMD.")
    made.creation_date = made.revision_date = before.creation_date if len(before) else made.creation_date
    for text, files in sorted(texts().items(), key=lambda item: (sorted(item[1]), str(item[0]))):
        known = before.get(text[0] if isinstance(text, tuple) else text)
        said = known.string if known is not None else ""
        if isinstance(text, tuple) and not isinstance(said, tuple):
            said = ("",) * made.num_plurals
        made.add(text, string=said, locations=[(name, 1) for name in sorted(files)])
    return made


def missing(locale: str) -> list[str]:
    """Texts that `locale` has no translation of."""
    with path_of(locale).open("rb") as file:
        stored = read_po(file, locale=locale)
    absent = []
    for text in texts():
        known = stored.get(text[0] if isinstance(text, tuple) else text)
        said = known.string if known is not None and not known.fuzzy else ""
        if not (all(said) if isinstance(said, tuple) else said):
            absent.append(text[0] if isinstance(text, tuple) else text)
    return absent


def main() -> int:
    """Update or check; the exit code."""
    lacking = False
    for locale in LOCALES[1:]:
        if "--check" not in sys.argv:
            catalogue = updated(locale)
            path_of(locale).parent.mkdir(parents=True, exist_ok=True)
            with path_of(locale).open("wb") as file:
                write_po(file, catalogue, width=120, include_lineno=False)
        for text in missing(locale):
            lacking = True
            print(f"{locale}: {text}")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
