"""Languages: chosen as HTTP says, complete, and free of what a translation could break."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.i18n import LOCALES, _, chosen, plural
from tests.client import refused
from tools.i18n import missing, texts

FOREIGN = LOCALES[1:]


@pytest.mark.parametrize(("header", "language"), [
    ("", "en"), ("es", "es"), ("es-MX", "es"), ("ES-es, en;q=0.5", "es"), ("en, es", "en"), ("fr, es;q=0.3", "es"),
    ("en;q=0.2, es;q=0.9", "es"), ("es;q=0", "en"), ("*", "en"), ("fr", "en"), ("es;q=x", "en"), (";;,,=", "en"),
])  # fmt: skip
def test_the_language_is_what_the_reader_asks_for_most(header, language) -> None:
    assert chosen(header) == language


@given(st.text(max_size=60))
def test_no_header_is_an_error(header) -> None:
    assert chosen(header) in LOCALES


@pytest.mark.parametrize("locale", FOREIGN)
def test_nothing_is_missing(locale) -> None:
    assert missing(locale) == [], "python -m tools.i18n adds them to the catalogue; translate what it lists"


@pytest.mark.parametrize("locale", FOREIGN)
def test_a_translation_keeps_its_values_its_paths_and_its_fields(locale) -> None:
    for text in texts():
        keys = text if isinstance(text, tuple) else (text, text)
        for count, key in zip((1, 2), keys, strict=True):
            # `{providerId}` in a path is no value: it is how the path is written.
            named = string.Formatter().parse(re.sub(r"/\{\w+\}", "/", key))
            values = {name: f"‹{name}›" for _literal, name, _spec, _conversion in named if name}
            if isinstance(text, tuple):
                said = plural(*text, count, locale, **{n: v for n, v in values.items() if n != "count"})
                assert str(count) in said
            else:
                said = _(key, locale, **values)
                assert all(value in said for value in values.values()), key
            for fixed in re.findall(r"(?:GET|POST|PUT) /[\w/{}-]+|/api/docs|`[^`]+`|Retry-After|Idempotency-Key", key):
                assert fixed in said, key


def test_english_is_the_key() -> None:
    assert _("This has been done already.", "en") == "This has been done already."
    assert plural("{count} day", "{count} days", 1, "en") == "1 day"
    assert [plural("{count} day", "{count} days", n, "es") for n in (1, 2)] == ["1 día", "2 días"]
    assert _("A text that nobody has translated", "es") == "A text that nobody has translated"


def test_errors_are_answered_in_the_readers_language(api, world) -> None:
    spanish = {"Accept-Language": "es-ES"}
    missing_token = refused(api.get("/users/me", headers=spanish), 401, "TOKEN_MISSING")
    assert missing_token.error["message"].startswith("Falta el token de acceso.")
    assert missing_token.headers["Content-Language"] == "es"
    assert "Accept-Language" in missing_token.headers["Vary"]
    account = api.as_(world.family())
    body = {"reminderMinutes": [1], "quietHours": {"start": "x"}, "types": {"message": 3}, "noSuch": 1}
    wrong = refused(account.put("/users/me/notification-preferences", body, headers=spanish), 400, "VALIDATION_ERROR")
    details = {detail["field"]: detail["message"] for detail in wrong.error["details"]}
    assert details == {
        "reminderMinutes.0": "debe ser mayor o igual que 5",
        "quietHours.start": "debe ser una hora con la forma HH:MM, de 00:00 a 23:59",
        "types.message": "debe ser un objeto",
        "noSuch": "no es un campo de esta solicitud",
    }
    choice = account.put("/users/me/preferences", {"language": "fr"}, headers=spanish)
    assert choice.error["details"][0]["message"] == "debe ser 'en' o 'es'"
    english = refused(account.put("/users/me/preferences", {"language": "fr"}), 400, "VALIDATION_ERROR")
    assert english.error["details"][0]["message"] == "input should be 'en' or 'es'"
    assert english.headers["Content-Language"] == "en"
