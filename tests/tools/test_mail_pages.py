"""E-mails as pages, to be looked at."""

from pathlib import Path

from shared.events import NotificationType
from shared.i18n import LOCALES
from shared.mail.render import TEMPLATES
from tools.mail_pages import main


def test_every_template_is_written_in_every_language(tmp_path: Path) -> None:
    assert main([str(tmp_path / "pages")]) == 0
    index = (tmp_path / "pages" / "index.html").read_text()
    every = [*(TEMPLATES.keys() - {"notification"}), *(f"notification-{kind.value}" for kind in NotificationType)]
    for locale in LOCALES:
        for name in every:
            page = tmp_path / "pages" / f"{name}.{locale}.html"
            assert f'<html lang="{locale}"' in page.read_text()
            assert page.with_suffix(".txt").read_text().startswith("Subject: ")
            assert f'href="{page.name}"' in index


def test_it_has_to_be_told_where() -> None:
    assert main([]) == 2
