"""E-mail texts: complete, twin in text and HTML, safe against what is filled in, and free of outside references."""

import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail import render
from shared.mail.render import _FOLDER, TEMPLATES

LINK = "https://app.consentmd.example/x#token=abc"
PREFERENCES = "https://app.consentmd.example/account/notifications"
VALUES = {
    "link": LINK,
    "preferences": PREFERENCES,
    "valid_for": timedelta(hours=48),
    "when": datetime(2026, 3, 1, 12, 5, tzinfo=UTC),
    "device": "Firefox on Windows",
    "address": "203.0.113.7",
    "kind": "lab_results",
    "reason": "The licence number is not in the register.",
}
EVERY = pytest.mark.parametrize("name", TEMPLATES)


def filled(name, **changes):
    return render(name, **{key: {**VALUES, **changes}[key] for key in TEMPLATES[name]})


class Page(HTMLParser):
    """What a reader of the HTML sees, and what it refers to."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open, self.text, self.tags, self.references = [], [], [], []
        self.feed(html)
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.references += [value for key, value in attributes if key in {"href", "src", "background", "action"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.text.append(data)

    @property
    def words(self):
        return " ".join("".join(self.text).split())


def test_every_template_has_both_twins_and_no_file_is_left_over():
    files = {path.name for path in _FOLDER.iterdir() if not path.name.startswith("_")}
    assert files == {f"{name}.{kind}" for name in TEMPLATES for kind in ("html", "txt")}


@EVERY
def test_the_twins_say_the_same(name):
    mail = filled(name)
    page = Page(mail.html)
    assert f"<title>{mail.subject}</title>" in mail.html
    assert mail.subject.removesuffix(" · ConsentMD") in page.words
    assert re.fullmatch(r"[^\n]{5,70}", mail.subject)
    assert "Subject" not in mail.text
    text = " ".join(mail.text.split())
    # What HTML adds: brand, heading, preview, button, and the plain address below it.
    for sentence in re.split(r"(?<=[.:])\s+", text.partition(" -- ")[0]):
        shown = sentence.replace(LINK, "").strip(" :.")
        if shown and not shown.startswith(("When", "Device", "Network")):
            assert shown in page.words
    for key in TEMPLATES[name] - {"link", "preferences", "when", "valid_for", "kind"}:
        assert VALUES[key] in page.words
        assert VALUES[key] in text
    if "link" in TEMPLATES[name]:
        assert mail.text.splitlines().count(LINK) == 1
        own = [PREFERENCES] if "preferences" in TEMPLATES[name] else []
        assert [line for line in mail.text.splitlines() if line == PREFERENCES] == own
        assert page.references == [LINK, LINK, *own]
    else:
        assert page.references == []


@EVERY
def test_the_html_is_self_contained_and_accessible(name):
    page = Page(filled(name).html)
    tags = [tag for tag, _ in page.tags]
    assert not set(tags) & {"img", "script", "link", "iframe", "form", "object", "svg"}
    assert "url(" not in filled(name).html
    assert "@import" not in filled(name).html
    assert tags.count("h1") == 1
    assert dict(page.tags)["html"]["lang"] == "en"
    # Tables that lay out are not announced as tables; the one that lists facts is.
    assert all(attributes.get("role") == "presentation" for tag, attributes in page.tags if tag == "table") is (
        name != "new_sign_in"
    )


@EVERY
def test_plain_text_lines_fit(name):
    assert all(len(line) <= 80 or LINK in line for line in filled(name).text.splitlines())


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("#1c2733", "#ffffff"), ("#52606d", "#ffffff"), ("#52606d", "#eef2f5"), ("#ffffff", "#0b5c7a"),
        ("#0b5c7a", "#ffffff"), ("#1c2733", "#eef5f8"), ("#e7edf2", "#18222b"), ("#aab7c3", "#0e151b"),
        ("#aab7c3", "#18222b"), ("#0e151b", "#7fd0ea"), ("#7fd0ea", "#18222b"), ("#e7edf2", "#212e39"),
    ],
)  # fmt: skip
def test_contrast_is_that_of_wcag_aa(ink, paper):
    html = filled("new_sign_in").html
    assert ink in html
    assert paper in html
    light, dark = sorted((luminance(ink), luminance(paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


HOSTILE = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x>', "{{ 7*7 }}", "{% raw %}", "a\r\nBcc: x@example.com", "\u202egnp.exe"]
)


@given(reason=HOSTILE.filter(lambda text: text.strip()))
def test_what_is_filled_in_stays_text_on_one_line(reason):
    mail = render("clinician_rejected", reason=reason)
    Page(mail.html)
    assert [tag for tag, _ in Page(mail.html).tags] == [tag for tag, _ in Page(filled("clinician_rejected").html).tags]
    assert len(mail.text.splitlines()) == len(filled("clinician_rejected").text.splitlines())
    assert mail.subject == filled("clinician_rejected").subject
    (mail.subject + mail.text + mail.html).encode()
    assert "\u202e" not in mail.text + mail.html


def test_text_is_escaped_in_html_only():
    mail = render("clinician_rejected", reason="Smith & Sons <x> {{ 7*7 }}")
    assert "Smith & Sons <x> {{ 7*7 }}" in mail.text
    assert "Smith &amp; Sons &lt;x&gt; {{ 7*7 }}" in mail.html


def test_long_text_is_cut():
    assert len(render("clinician_rejected", reason="x" * 10_000).text) < 1500


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", "data:text/html,x", "//evil.example/x", "/x", "", " ", "https://", "x", None, 7,
        "https://x.example/a b", "https://x.example/\nBcc:", "https://x.example/\u202e",
        "https://x.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_links_that_are_none_are_refused(link):
    with pytest.raises(ValueError, match="`link`") as refused:
        render("clinician_approved", link=link)
    if isinstance(link, str) and len(link) > 1:
        assert link not in str(refused.value)


@pytest.mark.parametrize("when", [None, "2026-03-01", datetime(2026, 3, 1), 1772366400])  # noqa: DTZ001
def test_moments_that_are_none_are_refused(when):
    with pytest.raises(ValueError, match="`when`"):
        render("account_deactivated", when=when)


@pytest.mark.parametrize("valid_for", [None, 60, timedelta(0), timedelta(seconds=59), timedelta(days=-1)])
def test_spans_that_are_none_are_refused(valid_for):
    with pytest.raises(ValueError, match="`valid_for`"):
        render("verify_email", link=LINK, valid_for=valid_for)


def test_moments_are_told_in_utc():
    eastern = timezone(timedelta(hours=-5))
    assert "on 1 March 2026 at 04:30 UTC" in " ".join(
        render("account_deactivated", when=datetime(2026, 2, 28, 23, 30, tzinfo=eastern)).text.split()
    )


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=30), "30 minutes"),
        (timedelta(minutes=60), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=24), "24 hours"),
        (timedelta(hours=48), "2 days"),
        (timedelta(days=14), "14 days"),
    ],
)
def test_spans_in_words(span, words):
    assert f"works once, for {words}." in " ".join(render("verify_email", link=LINK, valid_for=span).text.split())


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("nothing", {}),
        ("_base", {}),
        ("../smtp", {}),
        ("notification", {}),
        ("notification", {"link": LINK, "preferences": PREFERENCES, "kind": "message", "patient": "Ann"}),
        ("verify_email", {"link": LINK}),
    ],
)
def test_templates_take_exactly_their_values(name, values):
    with pytest.raises(ValueError, match="template") as refused:
        render(name, **values)
    assert "Ann" not in str(refused.value)


@EVERY
def test_nobody_is_named(name):
    # Mail goes through servers outside the BAA: no template may ask for a name.
    assert not TEMPLATES[name] & {"name", "patient", "clinician", "email"}


def test_tokens_are_not_in_the_repr():
    assert "token" not in repr(filled("reset_password"))


def test_a_notification_says_nothing_but_its_vocabulary():
    with pytest.raises(ValueError, match="type of notification"):
        render("notification", link=LINK, preferences=PREFERENCES, kind="Ann has a new message")


@EVERY
def test_spanish_twins_say_the_same_and_nothing_in_english(name):
    values = {key: VALUES[key] for key in TEMPLATES[name]}
    mail, english = render(name, "es", **values), filled(name)
    page = Page(mail.html)
    assert '<html lang="es"' in mail.html
    assert mail.subject.removesuffix(" · ConsentMD") in page.words
    assert mail.subject != english.subject
    said = {sentence for sentence in re.split(r"(?<=[.:])\s+", " ".join(english.text.split())) if len(sentence) > 20}
    given = {value for value in values.values() if isinstance(value, str)}
    for sentence in said - given:
        assert LINK in sentence or sentence in given or sentence not in " ".join(mail.text.split()), sentence
    assert all(len(line) <= 80 or LINK in line for line in mail.text.splitlines())
