"""POST /clinical-notes/{noteId}/export: the files are opened by other people's readers."""

import hashlib
import io
import zipfile

import docx
import pytest
from pypdf import PdfReader

from tests.client import refused
from tests.functions.notes.conftest import SOAP
from tests.functions.patients.conftest import HIDDEN, NO_SCOPE

POLISH_SPANISH = "Zażółć gęślą jaźń; ¿alergia a la penicilina? 37,5 °C ≥ 3 días."
FORMATS = ("pdf", "docx", "txt")
MIME = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "txt": "text/plain; charset=utf-8",
}


def export(api, who, note_id, kind):
    answer = api.as_(who).post(f"/clinical-notes/{note_id}/export", params={"format": kind})
    assert (answer.status, answer.trips) == (200, 3), answer
    assert answer.headers["Content-Type"] == MIME[kind]
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.response.content


def text_of(content: bytes, kind: str) -> str:
    """What a reader of that kind of file finds, on one line."""
    if kind == "pdf":
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    elif kind == "docx":
        document = docx.Document(io.BytesIO(content))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        frame = [p.text for s in document.sections for p in (*s.header.paragraphs, *s.footer.paragraphs)]
        text = "\n".join([*cells, *(p.text for p in document.paragraphs), *frame])
    else:
        text = content.decode()
    return " ".join(text.split())


@pytest.fixture(scope="module")
def signed(notes, circle):
    note = notes.signed(
        sections=SOAP | {"plan": f"{POLISH_SPANISH}\n\n• Rest <b>&\n" * 40},
        diagnoses=[{"description": "Essential hypertension", "code": "I10"}], visitReason="Annual checkup",
        consultationType="initial_consultation", privateNotes="SECRET-PRIVATE",
    )  # fmt: skip
    notes.add(note["id"], content="First addendum text.")
    notes.cosign(note["id"], circle.visitor)
    notes.add(note["id"], circle.nurse, content="Second addendum text.")
    return note


@pytest.mark.parametrize("kind", FORMATS)
def test_everything_is_in_the_file(api, notes, circle, signed, kind, cloud) -> None:
    from shared.notes.documents import ClinicalNote

    content = export(api, circle.doctor, signed["id"], kind)
    text = text_of(content, kind)
    last = cloud.unit().get(ClinicalNote, signed["id"]).chain[-1]
    wanted = [
        "ConsentMD", "SOAP Note", "Paula Circle", "1985-03-15", "Dora Circle", "Initial Consultation", "Annual checkup",
        "Patient reports feeling well; no chest pain.", POLISH_SPANISH,
        "• Rest <b>&", "Essential hypertension (I10)", "First addendum text.", "Second addendum text.",
        "Signed electronically by Dora Circle", "Co-signed electronically by", "Addendum 2 signed electronically by",
        last.hash, f"/verify-note/{last.code}",
    ]  # fmt: skip
    missing = [each for each in wanted if each.lower() not in text.lower()]
    assert not missing, text
    assert "SECRET-PRIVATE" not in text
    assert "DRAFT" not in text


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_note_is_the_same_file(api, circle, signed, kind) -> None:
    first, second = (export(api, who, signed["id"], kind) for who in (circle.doctor, circle.patient))
    assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()


def test_an_addendum_makes_another_file(api, notes, circle) -> None:
    note = notes.signed()
    before = {kind: export(api, circle.doctor, note["id"], kind) for kind in FORMATS}
    notes.add(note["id"], content="Very late.")
    for kind in FORMATS:
        after = export(api, circle.doctor, note["id"], kind)
        assert after != before[kind]
        assert "Very late." in text_of(after, kind)


def test_pages_are_numbered(api, circle, signed) -> None:
    pdf = PdfReader(io.BytesIO(export(api, circle.doctor, signed["id"], "pdf")))
    count = len(pdf.pages)
    assert count > 1
    for number, page in enumerate(pdf.pages, start=1):
        assert f"Page {number} of {count}" in page.extract_text()
    for page in pdf.pages[1:]:
        assert "Paula Circle · 1985-03-15 · MRN-" in page.extract_text()
    embedded = {
        name for page in pdf.pages for f in page["/Resources"]["/Font"].values()
        if (name := f.get_object()["/BaseFont"]) and "DejaVu" in name
    }  # fmt: skip
    assert embedded
    assert set(pdf.metadata) <= {"/Title", "/Author", "/Creator", "/Producer", "/CreationDate", "/ModDate", "/Subject",
                                 "/Keywords", "/Trapped"}  # fmt: skip
    assert "Paula" not in str(pdf.metadata)
    pages = export(api, circle.doctor, signed["id"], "txt").decode().split("\f")
    assert len(pages) > 1
    assert all(f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, start=1))
    assert max(len(line) for page in pages for line in page.splitlines()) <= 80


def test_word_counts_pages_itself(api, circle, signed) -> None:
    content = export(api, circle.doctor, signed["id"], "docx")
    document = docx.Document(io.BytesIO(content))
    foot = document.sections[0].footer.paragraphs[0]._p.xml
    assert " PAGE " in foot
    assert " NUMPAGES " in foot
    assert len(document.inline_shapes) == 1, "the QR code"
    packed = zipfile.ZipFile(io.BytesIO(content))
    assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert document.core_properties.title == "Clinical note"


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_not_signed_says_so(api, notes, circle, kind) -> None:
    note = notes.new(isDraft=True, privateNotes="SECRET-PRIVATE")
    text = text_of(export(api, circle.doctor, note["id"], kind), kind)
    assert "DRAFT – NOT SIGNED" in text
    assert "verify-note" not in text
    assert "SECRET-PRIVATE" not in text


def test_the_format_may_be_in_the_body_and_is_pdf_by_itself(api, notes, circle, signed) -> None:
    path = f"/clinical-notes/{signed['id']}/export"
    text = api.as_(circle.family).post(path, {"format": "txt"})
    assert text.headers["Content-Type"] == MIME["txt"]
    plain = api.as_(circle.doctor).post(path)
    assert plain.response.content.startswith(b"%PDF-")
    name = plain.headers["Content-Disposition"]
    assert name == f'attachment; filename="clinical-note-{signed["date"]}-{signed["id"][:8]}.pdf"'
    refused(api.as_(circle.doctor).post(path, params={"format": "rtf"}), 400, "VALIDATION_ERROR")


def test_who_may_not(api, notes, circle, signed) -> None:
    path = f"/clinical-notes/{signed['id']}/export"
    refused(api.post(path), 401, "TOKEN_MISSING")
    refused(api.as_(circle.stranger).post(path), *HIDDEN)
    refused(api.as_(circle.payer).post(path), *NO_SCOPE)
    refused(api.as_(circle.patient).post(f"/clinical-notes/{notes.new()['id']}/export"), *HIDDEN)
