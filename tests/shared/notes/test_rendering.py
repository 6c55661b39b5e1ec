"""Every format takes every text."""

import io
import unicodedata
from datetime import UTC, datetime

import docx as word
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from shared.notes.export import docx, pdf, txt
from shared.notes.export.sheet import Block, Proof, Sheet

#: What the API lets in: no control characters, but everything else.
LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\u2028\u2029\u0085")
TEXT = st.lists(st.text(LETTERS | st.sampled_from("<>&\"'"), max_size=60), max_size=4).map("\n".join)


def sheet(text: str, **changes) -> Sheet:
    parts = {
        "practice": "Riverside", "letterhead": ("12 Main Street",), "title": "SOAP Note",
        "patient": (("Patient", text.replace("\n", " ")[:255] or "x"), ("Born", "1985-03-15"), ("MRN", "MRN-1")),
        "about": (("Author", "Dora Circle, Doctor"),), "sections": (Block("Plan", text), Block("Empty", "")),
        "addenda": (Block("Addendum 1", text, "Nina Nurse"),), "signatures": ("Signed electronically by Dora Circle",),
        "proof": Proof("0123-4567-89AB-CDEF", "https://api.example.org/verify-note/0123456789ABCDEF", "a" * 64),
        "dated": datetime(2026, 11, 21, tzinfo=UTC),
    }  # fmt: skip
    return Sheet(**parts | changes)


@settings(max_examples=6, deadline=None)
@given(TEXT)
def test_any_text_is_rendered_and_the_same_twice(text) -> None:
    made = sheet(text)
    files = {render: render(made) for render in (pdf.render, docx.render, txt.render)}
    assert files == {render: render(made) for render in files}
    lines = [line for line in text.split("\n") if line.strip()]
    found = [p.text for p in word.Document(io.BytesIO(files[docx.render])).paragraphs]
    assert all(line in found for line in lines)
    assert PdfReader(io.BytesIO(files[pdf.render])).pages


@pytest.mark.parametrize(
    "text",
    ["Zażółć gęślą jaźń", "¿Alergia a la penicilina? Ñandú", "Ωμέγα", "Юлия Щукина", "Đặng Thị Hương", "Þórður Ægisson",
     "Őrs Űző", "Čeněk Řehoř", "≥ 3 × 10⁹/L → µg ½ ±2 °C"],
)  # fmt: skip
def test_names_of_many_languages_are_set_in_the_embedded_font(text) -> None:
    reader = PdfReader(io.BytesIO(pdf.render(sheet(text))))
    assert unicodedata.normalize("NFC", text) in reader.pages[0].extract_text()
    assert pdf.markup(text) == text


def test_decomposed_letters_are_composed() -> None:
    assert pdf.markup("e\u0301") == "é"


def test_far_eastern_text_is_set_in_the_readers_fonts() -> None:
    assert pdf.markup("a田b") == 'a<font name="STSong-Light">田</font>b'
    assert "田中" in PdfReader(io.BytesIO(pdf.render(sheet("田中")))).pages[0].extract_text()


def test_what_no_font_has_is_printed_as_its_code() -> None:
    assert pdf.markup("क<") == "[U+0915]&lt;"


@pytest.mark.parametrize("render", [pdf.render, docx.render, txt.render])
def test_very_long_notes(render) -> None:
    words = "word " * 4000
    many = sheet(words, signatures=tuple(f"Signed electronically by Number {n}" for n in range(120)))
    assert render(many)
    unbroken = sheet("x" * 2000)
    assert render(unbroken)
    assert max(len(line) for line in txt.render(unbroken).decode().splitlines()) <= txt.WIDTH


def test_pages_of_text_name_the_patient_however_long_the_name() -> None:
    pages = txt.render(sheet("word " * 1000)).decode().split("\f")
    assert len(pages) > 1
    for page in pages[1:]:
        assert page.splitlines()[0].endswith("… · 1985-03-15 · MRN-1")
