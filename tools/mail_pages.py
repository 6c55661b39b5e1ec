"""Write every e-mail as a page, to be looked at in a browser.

    python -m tools.mail_pages FOLDER     one page per template, language and type of notification, and an index.html

Filled in with examples only. Each page is what mail programs are given: open it wide, narrow (400 pixels) and with a
dark colour scheme.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from shared.events import NotificationType
from shared.i18n import LOCALES
from shared.mail import Rendered, render
from shared.mail.render import TEMPLATES

EXAMPLES: dict[str, Any] = {
    "link": "https://app.consentmd.example/reset-password#token=4Zc8n3vG0yJmXq7b-Rk2WdT1sUeLh9aPfOiNxC5EwQo",
    "preferences": "https://app.consentmd.example/account/notifications",
    "valid_for": timedelta(hours=48),
    "when": datetime(2026, 3, 1, 12, 5, tzinfo=UTC),
    "device": "Firefox on Windows",
    "address": "2001:db8:85a3::8a2e:370:7334",
    "reason": "The licence number is not in the register of the state that you named.",
}


def pages() -> Iterator[tuple[str, Rendered]]:
    """Name and content of every page."""
    for locale in LOCALES:
        for template, names in TEMPLATES.items():
            values = {name: EXAMPLES[name] for name in names if name in EXAMPLES}
            if "kind" not in names:
                yield f"{template}.{locale}", render(template, locale, **values)
                continue
            for kind in NotificationType:
                yield f"{template}-{kind.value}.{locale}", render(template, locale, kind=kind.value, **values)


def write(folder: Path) -> list[str]:
    """Write the pages, their plain texts and the index; the names."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, page in pages():
        (folder / f"{name}.html").write_text(page.html)
        (folder / f"{name}.txt").write_text(f"Subject: {page.subject}\n\n{page.text}")
        rows.append((name, page.subject))
    listed = "\n".join(
        f'<li><a href="{name}.html">{escape(subject)}</a> (<a href="{name}.txt">text</a>, {name})</li>'
        for name, subject in rows
    )
    (folder / "index.html").write_text(f'<!doctype html>\n<meta charset="utf-8">\n<title>E-mails</title>\n{listed}\n')
    return [name for name, _ in rows]


def main(arguments: list[str]) -> int:
    """Write and say where."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    written = write(Path(arguments[0]))
    print(f"{len(written)} pages in {arguments[0]}/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
