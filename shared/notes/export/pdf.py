"""A note as PDF (US letter), the same bytes every time.

Set in DejaVu Sans, which is in the repository: Latin with every accent, Greek, Cyrillic, Armenian, Georgian. Chinese,
Japanese and Korean are set in the reader's own fonts (Adobe's standard CJK fonts, not embedded). What neither has is
printed as its code point, `[U+0915]`, so that nothing vanishes silently. Right-to-left scripts are not reordered: the
Word file is the one to take for those.
"""

import io
import unicodedata
from functools import cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from shared.notes.export.sheet import Block, Sheet

_FONTS: Final = Path(__file__).parents[1] / "fonts"
_REGULAR, _BOLD = "DejaVuSans", "DejaVuSans-Bold"
#: First and last code point, and the font that has the script.
_FAR_EAST: Final = (
    (0x3040, 0x30FF, "HeiseiKakuGo-W5"),
    (0xAC00, 0xD7AF, "HYGothic-Medium"),
    (0x3000, 0x303F, "STSong-Light"),
    (0x4E00, 0x9FFF, "STSong-Light"),
    (0xFF00, 0xFFEF, "STSong-Light"),
)
_INK, _GREY, _LINE, _ALARM = "#1a1a1a", "#5f6368", "#c4c7cc", "#b3261e"
_MARGIN: Final = 54.0
_FOOT: Final = 40.0


def render(sheet: Sheet) -> bytes:
    """The file."""
    from reportlab.lib.pagesizes import letter
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    glyphs()
    made = io.BytesIO()
    width, height = letter
    document = BaseDocTemplate(
        made, pagesize=letter, title="Clinical note", author=_outside(sheet.practice), creator="ConsentMD",
        invariant=1, lang="en", initialFontName=_REGULAR,
    )  # fmt: skip
    frame = Frame(
        _MARGIN, _FOOT + 28, width - 2 * _MARGIN, height - _MARGIN - _FOOT - 44, leftPadding=0, rightPadding=0
    )
    document.addPageTemplates(PageTemplate("page", [frame]))
    document.build(_story(sheet), canvasmaker=_numbered(sheet))
    return made.getvalue()


@cache
def glyphs() -> frozenset[int]:
    """Code points of the embedded font; registers every font, once per process."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    regular = TTFont(_REGULAR, str(_FONTS / "DejaVuSans.ttf"))
    pdfmetrics.registerFont(regular)
    pdfmetrics.registerFont(TTFont(_BOLD, str(_FONTS / "DejaVuSans-Bold.ttf")))
    for name in sorted({font for _, _, font in _FAR_EAST}):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return frozenset(regular.face.charToGlyph)


def markup(text: str) -> str:
    """`text` as a paragraph's markup, each run in a font that has it."""
    composed = unicodedata.normalize("NFC", text)
    runs = ((font, "".join(run)) for font, run in groupby(composed, key=_font_of))
    return "".join(_run(font, run) for font, run in runs)


def _font_of(letter: str) -> str:
    point = ord(letter)
    if point in glyphs() or letter in "\t\n ":
        return _REGULAR
    return next((font for first, last, font in _FAR_EAST if first <= point <= last), "")


def _run(font: str, run: str) -> str:
    if not font:
        return "".join(f"[U+{ord(letter):04X}]" for letter in run)
    return escape(run, quote=False) if font == _REGULAR else f'<font name="{font}">{escape(run, quote=False)}</font>'


def _outside(text: str) -> str:
    """Text of a document property."""
    return unicodedata.normalize("NFC", text)


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    def made(name: str, size: float, leading: float, **options: Any) -> Any:
        return ParagraphStyle(name, **base | options, fontSize=size, leading=leading)

    base = {"fontName": _REGULAR, "textColor": _INK, "splitLongWords": 1, "wordWrap": "LTR"}
    bold, grey = {"fontName": _BOLD}, {"textColor": _GREY}
    styles = (
        made("practice", 13, 17, **bold),
        made("letterhead", 8.5, 11.5, **grey),
        made("title", 15, 20, **bold, spaceBefore=10),
        made("warning", 11, 15, fontName=_BOLD, textColor=_ALARM),
        made("label", 8.5, 12, **grey),
        made("value", 9, 12),
        made("heading", 10.5, 14, **bold, spaceBefore=9, spaceAfter=2, keepWithNext=1),
        made("quiet", 8.5, 11.5, **grey, spaceAfter=2, keepWithNext=1),
        made("text", 9.5, 13.5),
        made("small", 7.5, 10.5, **grey),
    )
    return {style.name: style for style in styles}


def _story(sheet: Sheet) -> list[Any]:
    from reportlab.platypus import HRFlowable, KeepTogether, Paragraph, Spacer

    style = _styles()

    def paragraph(kind: str, text: str) -> Any:
        return Paragraph(markup(text), style[kind])

    def rule() -> Any:
        return HRFlowable(width="100%", thickness=0.6, color=_LINE, spaceBefore=6, spaceAfter=4)

    story: list[Any] = [paragraph("practice", sheet.practice)]
    story += [paragraph("letterhead", line) for line in sheet.letterhead]
    story += [rule()]
    if sheet.warning:
        story.append(paragraph("warning", sheet.warning))
    story.append(paragraph("title", sheet.title))
    story += [Spacer(1, 4), _facts(sheet, paragraph), rule()]
    for block in sheet.sections:
        story += _block(block, paragraph)
    for number, block in enumerate(sheet.addenda):
        story += ([rule()] if number == 0 else []) + _block(block, paragraph)
    if sheet.signatures:
        signatures = [paragraph("heading", "Signatures"), *(paragraph("text", s) for s in sheet.signatures)]
        story += [rule(), KeepTogether([*signatures, Spacer(1, 8), _proof(sheet, paragraph)])]
    return story


def _block(block: Block, paragraph: Any) -> list[Any]:
    from reportlab.platypus import Spacer

    made = [paragraph("heading", block.heading)]
    if block.quiet:
        made.append(paragraph("quiet", block.quiet))
    # A paragraph for each line: it may then break between pages anywhere.
    return made + [paragraph("text", line) if line.strip() else Spacer(1, 6) for line in block.text.splitlines()]


def _facts(sheet: Sheet, paragraph: Any) -> Any:
    from reportlab.platypus import Table

    rows = [[paragraph("label", label), paragraph("value", value)] for label, value in (*sheet.patient, *sheet.about)]
    return Table(rows, colWidths=[60, None], style=[
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ])  # fmt: skip


def _proof(sheet: Sheet, paragraph: Any) -> Any:
    from reportlab.platypus import Table

    if sheet.proof is None:
        raise LookupError("signatures without a proof")
    said = [
        paragraph("value", f"Verification code  {sheet.proof.code}"),
        paragraph("small", sheet.proof.link),
        paragraph("small", f"SHA-256 {sheet.proof.fingerprint}"),
    ]
    return Table([[_qr(sheet.proof.link), said]], colWidths=[84, None], style=[
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ])  # fmt: skip


def _qr(text: str) -> Any:
    import segno
    from reportlab.graphics.shapes import Drawing, Rect
    from reportlab.lib.colors import black

    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    quiet, size = 4, 72.0
    module = size / (len(rows) + 2 * quiet)
    drawing = Drawing(size, size)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                left, bottom = (across + quiet) * module, size - (down + quiet + 1) * module
                drawing.add(Rect(left, bottom, module, module, fillColor=black, strokeColor=None, strokeWidth=0))
    return drawing


def _numbered(sheet: Sheet) -> Any:
    """A canvas that writes head and foot of each page at the end, when it is known how many there are."""
    from reportlab.lib.colors import HexColor
    from reportlab.pdfgen.canvas import Canvas

    class Numbered(Canvas):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                self._frame(number)
                super().showPage()
            super().save()

        def _frame(self, number: int) -> None:
            width, height = self._pagesize
            self.setFillColor(HexColor(_GREY))
            self.setStrokeColor(HexColor(_LINE))
            self.setLineWidth(0.6)
            self.line(_MARGIN, _FOOT + 14, width - _MARGIN, _FOOT + 14)
            code = f"Verification code {sheet.proof.code}" if sheet.proof else sheet.warning
            self._said(_MARGIN, _FOOT, code, width - 2 * _MARGIN - 80)
            foot = f"Page {number} of {len(self._pages)}"
            self.setFont(_REGULAR, 7.5)
            self.drawRightString(width - _MARGIN, _FOOT, foot)
            if number > 1:
                self._said(_MARGIN, height - _MARGIN + 8, sheet.running, width - 2 * _MARGIN)

        def _said(self, left: float, bottom: float, text: str, room: float) -> None:
            from reportlab.platypus import Paragraph

            line = Paragraph(markup(text), _styles()["small"])
            line.wrapOn(self, room, 12)
            line.drawOn(self, left, bottom - 2.5)

    return Numbered
