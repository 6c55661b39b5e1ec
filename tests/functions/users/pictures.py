"""Small pictures of each kind that is accepted, made by a program that adds nothing to them."""

import io

from PIL import Image


def picture(kind: str) -> bytes:
    """A white picture of 3 × 2 pixels."""
    made = io.BytesIO()
    Image.new("RGB", (3, 2), "white").save(made, kind)
    return made.getvalue()


PNG, JPEG, WEBP = picture("PNG"), picture("JPEG"), picture("WEBP")
