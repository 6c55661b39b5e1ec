"""A note as a Word file (Office Open XML), the same bytes every time."""

import io
import zipfile
from typing import Any, Final

from shared.notes.export.sheet import Block, Sheet

#: The earliest time a zip entry can have: entries carry no time of their own.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def render(sheet: Sheet) -> bytes:
    """The file."""
    from docx import Document
    from docx.shared import Pt

    document = Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(10)
    normal.paragraph_format.space_after = Pt(3)
    _properties(document, sheet)
    _letterhead(document, sheet)
    _facts(document, sheet)
    for block in (*sheet.sections, *sheet.addenda):
        _block(document, block)
    if sheet.signatures:
        document.add_heading("Signatures", level=2)
        for signature in sheet.signatures:
            document.add_paragraph(signature)
        _proof(document, sheet)
    _frame(document, sheet)
    made = io.BytesIO()
    document.save(made)
    return _reproducible(made.getvalue())


def _properties(document: Any, sheet: Sheet) -> None:
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = "Clinical note", sheet.practice, sheet.practice
    properties.comments, properties.revision = "", 1
    properties.created = properties.modified = sheet.dated.replace(tzinfo=None, microsecond=0)


def _letterhead(document: Any, sheet: Sheet) -> None:
    from docx.shared import Pt, RGBColor

    name = document.add_paragraph().add_run(sheet.practice)
    name.bold, name.font.size = True, Pt(13)
    for line in sheet.letterhead:
        document.add_paragraph().add_run(line).font.size = Pt(8.5)
    if sheet.warning:
        warning = document.add_paragraph().add_run(sheet.warning)
        warning.bold, warning.font.color.rgb = True, RGBColor(0xB3, 0x26, 0x1E)
    document.add_heading(sheet.title, level=1)


def _facts(document: Any, sheet: Sheet) -> None:
    from docx.shared import Inches

    rows = (*sheet.patient, *sheet.about)
    table = document.add_table(rows=len(rows), cols=2)
    table.autofit = False
    for row, (label, value) in zip(table.rows, rows, strict=True):
        row.cells[0].text, row.cells[1].text = label, value
        row.cells[0].width, row.cells[1].width = Inches(1), Inches(5)


def _block(document: Any, block: Block) -> None:
    document.add_heading(block.heading, level=2)
    if block.quiet:
        document.add_paragraph().add_run(block.quiet).italic = True
    for line in block.text.splitlines():
        document.add_paragraph(line)


def _proof(document: Any, sheet: Sheet) -> None:
    import segno
    from docx.shared import Inches, Pt

    if sheet.proof is None:
        raise LookupError("signatures without a proof")
    picture = io.BytesIO()
    segno.make(sheet.proof.link, error="m", micro=False).save(picture, kind="png", scale=6, border=4)
    picture.seek(0)
    document.add_paragraph().add_run().add_picture(picture, width=Inches(1))
    document.add_paragraph(f"Verification code {sheet.proof.code}")
    for line in (sheet.proof.link, f"SHA-256 {sheet.proof.fingerprint}"):
        document.add_paragraph().add_run(line).font.size = Pt(7.5)


def _frame(document: Any, sheet: Sheet) -> None:
    """Head and foot of every page; Word counts the pages."""
    section = document.sections[0]
    section.header.paragraphs[0].text = sheet.running
    foot = section.footer.paragraphs[0]
    code = f"Verification code {sheet.proof.code}" if sheet.proof else sheet.warning
    foot.add_run(f"{code}\tPage ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")


def _field(paragraph: Any, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", name, "separate", "1", "end"):
        run = paragraph.add_run()
        if kind == name:
            instruction = OxmlElement("w:instrText")
            instruction.set(qn("xml:space"), "preserve")
            instruction.text = f" {name} "
            run._r.append(instruction)  # noqa: SLF001 - python-docx has no fields
        elif kind == "1":
            # What stands there until the reader's program counts.
            run.text = kind
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)  # noqa: SLF001


def _reproducible(content: bytes) -> bytes:
    """The same parts without the times at which they were packed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(made, "w") as fresh:
        for name in packed.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            fresh.writestr(entry, packed.read(name))
    return made.getvalue()
