"""Texts of e-mails, from the files in `templates/`: `<name>.txt` starts with the subject, `<name>.html` is its twin.

Mail passes servers outside the BAA, so nothing here names a patient, a clinician or anything of a record: no greeting
by name, and notifications say only that there is something to read.
"""

import unicodedata
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from shared.events import NotificationType
from shared.i18n import _, plural
from shared.notifications.vocabulary import words

if TYPE_CHECKING:
    from jinja2 import Environment

#: Templates and the values each needs. Values are checked by kind:
#: `link` an http(s) URL whose token, if any, follows `#token=`; `preferences` the one where notifications are switched
#: off; `when` an aware datetime; `valid_for` a timedelta;
#: `device` a name from the caller's own list of browsers and systems, never the User-Agent header, which anyone
#: could write a message of their own into; `address` the network address; `reason` a sentence by an administrator;
#: `kind` a type of notification, whose words are `shared.notifications.vocabulary`'s.
TEMPLATES: Final[dict[str, frozenset[str]]] = {
    "verify_email": frozenset({"link", "valid_for"}),
    "reset_password": frozenset({"link", "valid_for"}),
    "password_changed": frozenset({"link", "when"}),
    "new_sign_in": frozenset({"link", "when", "device", "address"}),
    "mfa_enabled": frozenset({"link", "when"}),
    "mfa_disabled": frozenset({"link", "when"}),
    "patient_invitation": frozenset({"link", "valid_for"}),
    "clinician_approved": frozenset({"link"}),
    "clinician_rejected": frozenset({"reason"}),
    "account_deactivated": frozenset({"when"}),
    "notification": frozenset({"link", "kind", "preferences"}),
}
#: Values that a template may be given beside: `ref_kind` is the kind of record that `kind` is about.
OPTIONAL: Final[dict[str, frozenset[str]]] = {"notification": frozenset({"ref_kind"})}
_FOLDER: Final = Path(__file__).parent / "templates"
_LONGEST_TEXT: Final = 500
_LONGEST_LINK: Final = 2000


class Rendered(NamedTuple):
    """An e-mail's contents. `repr` leaves out the bodies, which carry tokens."""

    subject: str
    text: str
    html: str

    def __repr__(self) -> str:
        return f"Rendered(subject={self.subject!r})"


def render(template: str, locale: str = "en", **values: Any) -> Rendered:
    """Fill in one of `TEMPLATES`, in the language of `locale`.

    Raises `ValueError` when the template is unknown, a value is missing or not expected, or is not of its kind; the
    message names the value and never repeats it.
    """
    expected = TEMPLATES.get(template)
    if expected is None:
        raise ValueError(f"There is no e-mail template {template!r}; the templates are {', '.join(TEMPLATES)}.")
    if set(values) - OPTIONAL.get(template, frozenset()) != expected:
        raise ValueError(f"The e-mail template {template} takes exactly {', '.join(sorted(expected))}.")
    checked = {name: _checked(name, value) for name, value in values.items()}
    if "kind" in checked:
        checked = {**checked, "words": words(NotificationType(checked["kind"]), locale, checked.get("ref_kind", ""))}
    environment = _environment(locale)
    head, _, text = environment.get_template(f"{template}.txt").render(checked).partition("\n\n")
    subject = head.removeprefix("Subject: ")
    html = environment.get_template(f"{template}.html").render(checked, subject=subject)
    return Rendered(subject, text.strip() + "\n", html)


def _checked(name: str, value: Any) -> Any:
    if name == "when":
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise ValueError("An e-mail's `when` is a datetime with a time zone.")
        return value
    if name == "kind":
        if value not in set(NotificationType):
            raise ValueError("An e-mail's `kind` is a type of notification.")
        return value
    if name == "valid_for":
        if not isinstance(value, timedelta) or value < timedelta(minutes=1):
            raise ValueError("An e-mail's `valid_for` is a timedelta of at least a minute.")
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"An e-mail's `{name}` is a text.")
    if name in {"link", "preferences"}:
        parts = urlsplit(value)
        if parts.scheme not in {"https", "http"} or not parts.hostname or len(value) > _LONGEST_LINK:
            raise ValueError(f"An e-mail's `{name}` is an http(s) URL of at most 2000 characters.")
        if any(letter.isspace() or unicodedata.category(letter)[0] == "C" for letter in value):
            raise ValueError(f"An e-mail's `{name}` contains no spaces or control characters.")
        return value
    # One line, without control, direction-changing or invisible letters, so that it can pass for nothing else.
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in value)
    line = " ".join(visible.split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"


@cache
def _environment(locale: str) -> "Environment":
    # Jinja2 is imported only where mail is written, in the worker that sends it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_eval_context, select_autoescape
    from markupsafe import Markup, escape

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        # Plain text is escaped nowhere else: `&amp;` in it would be read as such.
        autoescape=select_autoescape(enabled_extensions=("html",), default_for_string=False, default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )

    @pass_eval_context
    def translate(context: Any, text: str, **values: Any) -> str:
        # The sentence is ours, values are not: in HTML they are escaped as they are put in.
        said = _(text, locale)
        return escape(said).format(**values) if context.autoescape else said.format(**values)

    environment.globals.update(_=translate, locale=locale)
    environment.filters["moment"] = lambda when: _moment(when, locale)
    environment.filters["span"] = lambda duration: _span(duration, locale)
    environment.filters["strong"] = lambda text: Markup("<strong>{}</strong>").format(text)
    return environment


def _moment(when: datetime, locale: str) -> str:
    at = when.astimezone(UTC)
    if locale == "en":
        day = f"{at.day} {_MONTHS[at.month - 1]} {at.year}"
    else:
        from babel.dates import format_date

        day = format_date(at, "long", locale=locale)
    return _("{date} at {time} UTC", locale, date=day, time=f"{at:%H:%M}")


def _span(duration: timedelta, locale: str) -> str:
    """The largest unit that says it exactly, from two days, two hours down; `1 day` reads better as `24 hours`."""
    minutes = int(duration.total_seconds() // 60)
    if minutes % 1440 == 0 and minutes >= 2880:
        return plural("{count} day", "{count} days", minutes // 1440, locale)
    if minutes % 60 == 0:
        return plural("{count} hour", "{count} hours", minutes // 60, locale)
    return plural("{count} minute", "{count} minutes", minutes, locale)


# strftime's month names follow the locale of the machine.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
