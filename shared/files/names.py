"""File names made safe to store, to show and to save."""

import re
import unicodedata
from collections.abc import Sequence

#: Characters kept of a name, its ending included.
LONGEST = 120
#: Names that Windows takes for devices, whatever their ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*\x7f]')
#: Joiners belong to words of several scripts; every other format character can only mislead (bidi controls above all).
_JOINERS = "\u200c\u200d"


def safe_name(sent: str, endings: Sequence[str]) -> str:
    """The last part of `sent` as one line of printable text that ends as its content does.

    `endings` are those of the content's type, the usual one first (".jpg"). Path parts, control and format characters,
    and what file systems refuse are dropped; at most 120 characters remain.
    """
    name = unicodedata.normalize("NFC", sent).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if c in _JOINERS or unicodedata.category(c)[0] != "C")
    name = " ".join(_FORBIDDEN.sub("_", name).split()).strip(". ")
    stem, ending = name, endings[0]
    for known in endings:
        if name.lower().endswith(known):
            stem, ending = name[: -len(known)], name[-len(known) :]
            break
    stem = stem[: LONGEST - len(ending)].strip(". ")
    if not stem.strip(_JOINERS) or _DEVICES.fullmatch(stem.split(".")[0].strip()):
        stem = f"file {stem}".strip()
    return stem + ending
