"""A note as plain text: UTF-8, at most 80 columns, pages of 60 lines divided by form feeds."""

import textwrap
from typing import Final

from shared.notes.export.sheet import Block, Sheet

WIDTH: Final = 80
_LINES: Final = 60
#: Head and foot of a page.
_FRAME: Final = 4


def render(sheet: Sheet) -> bytes:
    """The file."""
    body = _body(sheet)
    room = _LINES - _FRAME
    pages = [body[i : i + room] for i in range(0, len(body), room)]
    made = []
    for number, lines in enumerate(pages, start=1):
        foot = f"Page {number} of {len(pages)}"
        code = f"Verification code {sheet.proof.code}" if sheet.proof else sheet.warning
        head = [sheet.running if number > 1 else sheet.practice, "=" * WIDTH]
        tail = ["-" * WIDTH, f"{code:<{WIDTH - len(foot)}}{foot}"]
        made.append("\n".join([*head, *lines, *tail]))
    return ("\n\f".join(made) + "\n").encode()


def _body(sheet: Sheet) -> list[str]:
    lines = [*sheet.letterhead, "", *([sheet.warning, ""] if sheet.warning else []), sheet.title.upper(), ""]
    for label, value in (*sheet.patient, *sheet.about):
        lines += _wrapped(f"{label + ':':<10}{value}", " " * 10)
    for block in sheet.sections:
        lines += _block(block)
    for block in sheet.addenda:
        lines += _block(block)
    if sheet.signatures:
        lines += ["", "SIGNATURES", "-" * 10]
        for signature in sheet.signatures:
            lines += _wrapped(signature, "  ")
    if sheet.proof:
        lines += ["", "VERIFICATION", "-" * 12, f"Code: {sheet.proof.code}"]
        # An address and a fingerprint are not broken: they are copied.
        lines += [sheet.proof.link, f"SHA-256: {sheet.proof.fingerprint}"]
    return lines


def _block(block: Block) -> list[str]:
    lines = ["", block.heading.upper(), "-" * len(block.heading)]
    if block.quiet:
        lines += [block.quiet, ""]
    for line in block.text.splitlines():
        lines += _wrapped(line) if line.strip() else [""]
    return lines


def _wrapped(line: str, indent: str = "") -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]
