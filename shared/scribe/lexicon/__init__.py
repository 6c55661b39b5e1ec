"""Names of medicines and of clinical findings, with the forms in which they are said: what the checker knows by name.

A word that is missing here is still compared as a word; these lists let two names of one thing be the same.
"""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent

#: Parts of the body that have sides, and what they are called; the plural is the same part.
PARTS: Final[dict[str, tuple[str, ...]]] = {
    "knee": ("knees", "rodilla", "rodillas"), "hip": ("hips", "cadera", "caderas"),
    "shoulder": ("shoulders", "hombro", "hombros"), "elbow": ("elbows", "codo", "codos"),
    "wrist": ("wrists", "muneca", "munecas"), "hand": ("hands", "mano", "manos"),
    "finger": ("fingers", "thumb", "dedo", "dedos"), "arm": ("arms", "brazo", "brazos", "forearm"),
    "leg": ("legs", "pierna", "piernas", "calf", "thigh", "shin"),
    "foot": ("feet", "pie", "pies", "heel", "toe", "toes"),
    "ankle": ("ankles", "tobillo", "tobillos"),
    "eye": ("eyes", "ojo", "ojos"), "ear": ("ears", "oido", "oidos", "oreja"),
    "breast": ("breasts", "mama", "seno", "senos"), "lung": ("lungs", "pulmon", "pulmones"),
    "kidney": ("kidneys", "rinon", "rinones"), "chest": ("pecho",), "side": ("lado", "sided", "flank", "costado"),
    "abdomen": ("belly", "abdominal"), "quadrant": ("quadrants",), "jaw": ("mandibula",), "face": ("cara", "cheek"),
    "ovary": ("ovaries", "ovario"), "testicle": ("testicles", "testicular"), "groin": ("ingle",), "neck": ("cuello",),
    "nostril": ("nostrils",), "temple": ("temples",), "head": ("cabeza",), "back": ("espalda",), "lobe": (),
}  # fmt: skip


def plain(text: str) -> str:
    """Lower case, no accents, straight apostrophes."""
    lowered = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return "".join(c for c in lowered if not unicodedata.combining(c))


@cache
def medications() -> dict[tuple[str, ...], str]:
    """Generic name by each name, as words."""
    return _read("medications.txt")


@cache
def terms() -> dict[tuple[str, ...], str]:
    """Concept by each of its forms, as words."""
    return _read("terms.txt")


@cache
def parts() -> dict[str, str]:
    """Part of the body by each of its names."""
    return {form: part for part, forms in PARTS.items() for form in (part, *forms)}


def _read(name: str) -> dict[tuple[str, ...], str]:
    found = {}
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            head, _, forms = line.partition(":")
            for form in (head, *forms.split(",")):
                words = tuple(plain(form).replace("-", " ").split())
                if words:
                    found[words] = head.strip()
    return found
