"""Small pictures of each kind that is accepted, made by a program that adds nothing to them."""

import io
from typing import Any

from PIL import Image

from localcloud.clamd.scanner import EICAR
from tests.conftest import eventually


def picture(kind: str) -> bytes:
    """A white picture of 3 × 2 pixels."""
    made = io.BytesIO()
    Image.new("RGB", (3, 2), "white").save(made, kind)
    return made.getvalue()


def infected() -> bytes:
    """A picture whose colours spell the EICAR string: its structure is that of a picture, and nothing else is in it."""
    made = io.BytesIO()
    spelt = Image.frombytes("P", (len(EICAR), 1), EICAR)
    spelt.putpalette(bytes(range(256)) * 3)
    spelt.save(made, "PNG", compress_level=0)
    assert EICAR in made.getvalue()
    return made.getvalue()


def shown(api: Any, account: Any) -> Any:
    """The answer with an account's picture, once its scan has ended."""

    def found() -> Any:
        answer = api.as_(account).get(f"/users/{account.id}/avatar")
        return answer if answer.status == 200 else None

    return eventually(found, "the picture")


PNG, JPEG, WEBP, INFECTED = picture("PNG"), picture("JPEG"), picture("WEBP"), infected()
