"""Instructions for the model, as versioned text files: `<part>/v<n>.txt`.

An instruction is composed of the base, the part (a template, suggestions, or summary), and for notes what a kind of
visit adds (`shared.reference.consultations`). A change is a new file with the next number, so that the ledger's version
names one text for ever; its SHA-256 covers the composed text, so that a file changed in place would show.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from shared.reference.consultations import ConsultationType
from shared.scribe.sources import SourceLine

_FOLDER: Final = Path(__file__).parent

#: The version of each part in use.
IN_USE: Final[dict[str, int]] = {
    "base": 2, "soap": 1, "apso": 1, "comprehensive": 1, "psychiatry": 1, "cardiology": 1, "dap": 1, "progress": 1,
    "suggestions": 1, "summary": 1,
}  # fmt: skip


class Instructions(NamedTuple):
    """What the model is told, apart from the conversation: its version, text and hash."""

    version: str
    text: str

    @property
    def sha256(self) -> str:
        """Hash of the text, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def instructions(part: str, visit: ConsultationType | None = None) -> Instructions:
    """The instructions in use for a template, for suggestions or for a summary."""
    names = ("base", part)
    texts = [_part(name, IN_USE[name]) for name in names]
    version = "+".join(f"{name}/v{IN_USE[name]}" for name in names)
    if visit is not None:
        texts.append(visit.ai_context_modifier)
        version += f"+{visit.id}"
    return Instructions(version, "\n\n".join(texts))


@cache
def _part(name: str, version: int) -> str:
    return (_FOLDER / name / f"v{version}.txt").read_text(encoding="utf-8").strip()


def conversation(lines: Sequence[SourceLine], **about: str) -> str:
    """Lines as the model is given them, after a few words of what they are about.

    Each line is one JSON object with the angle brackets of its text escaped: no message can end the conversation or
    pretend to be another line of it.
    """
    rows = []
    for line in lines:
        row = {"id": line.key, "speaker": line.speaker, "text": line.text}
        if line.at is not None:
            row["at"] = line.at.isoformat(timespec="minutes")
        rows.append(_escaped(row))
    told = "\n".join(
        f"{name.replace('_', ' ').capitalize()}: {_escaped(value)}" for name, value in about.items() if value
    )
    return "\n".join(filter(None, (told, "<conversation>", *rows, "</conversation>")))


def _escaped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e")
