"""File names made safe."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files.names import LONGEST, safe_name

PDF = (".pdf",)


@pytest.mark.parametrize(
    ("sent", "safe"),
    [
        ("Befund Müller.pdf", "Befund Müller.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\doc\\scan.pdf", "scan.pdf"),
        ("invoice.pdf.exe", "invoice.pdf.exe.pdf"),
        ("SCAN.PDF", "SCAN.PDF"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ("  spaced \t out .pdf ", "spaced out.pdf"),
        ("", "file.pdf"),
        ("..", "file.pdf"),
        (".pdf", "file.pdf"),
        ("con.pdf", "file con.pdf"),
        ("x" * 400, "x" * (LONGEST - 4) + ".pdf"),
        ('<b>"q"</b>.pdf', "b_.pdf"),
        ("می\u200cخواهم.pdf", "می\u200cخواهم.pdf"),
    ],
)
def test_names(sent, safe) -> None:
    assert safe_name(sent, PDF) == safe


def test_any_ending_of_the_type_is_kept() -> None:
    assert safe_name("a.JPEG", (".jpg", ".jpeg")) == "a.JPEG"
    assert safe_name("a.gif", (".jpg", ".jpeg")) == "a.gif.jpg"


@given(st.text(max_size=300))
def test_every_name_is_safe(sent) -> None:
    name = safe_name(sent, PDF)
    assert 5 <= len(name) <= LONGEST
    assert name.lower().endswith(".pdf")
    assert not set(name) & set('/\\<>:"|?*')
    assert not [c for c in name if unicodedata.category(c)[0] == "C" and c not in "\u200c\u200d"]
    assert name == name.strip(". ")
    assert safe_name(name, PDF) == name
