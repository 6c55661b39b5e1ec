"""Images without what they tell besides the picture: place, time, camera, comments, and whatever hangs behind them.

Segments are taken out rather than the picture encoded again: nothing of its quality is lost, and nothing of a foreign
file is decoded. How the picture is turned stays, as the only thing left of its Exif data.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

#: Of pictures of more pixels no thumbnail is made: a decompression bomb has few bytes and many pixels.
MOST_PIXELS: Final = 64_000_000
THUMBNAIL: Final = (320, 320)

_ORIENTATION = 0x0112
_PNG = b"\x89PNG\r\n\x1a\n"
#: Chunks that change how a PNG looks; every other one may tell something and goes.
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
     b"cICP", b"acTL", b"fcTL", b"fdAT"}
)  # fmt: skip
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})


class Damaged(ValueError):  # noqa: N818 - says what the file is
    """The file begins like an image and does not go on like one."""


class Picture(NamedTuple):
    """An image that tells nothing but itself; its size in pixels as it is stored, before it is turned."""

    content: bytes
    width: int
    height: int


def cleaned(content: bytes, mime_type: str) -> Picture:
    """A JPEG, PNG or WebP without metadata, byte for byte the same where it had none. Raises `Damaged`."""
    try:
        return {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}[mime_type](content)
    except (struct.error, IndexError):
        raise Damaged from None


def thumbnail(content: bytes) -> bytes | None:
    """A JPEG of at most 320 × 320 pixels, turned upright; None for what is too large or no image after all."""
    import io

    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            # A JPEG is decoded at the size next above the one wanted.
            image.draft("RGB", (THUMBNAIL[0] * 2, THUMBNAIL[1] * 2))
            small = ImageOps.exif_transpose(image)
            small.thumbnail(THUMBNAIL)
            if small.mode != "RGB":
                seen_through = small.convert("RGBA")
                small = Image.new("RGB", small.size, "white")
                small.paste(seen_through, mask=seen_through.getchannel("A"))
            made = io.BytesIO()
            small.save(made, "JPEG", quality=80, optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return made.getvalue()


# JPEG (ISO/IEC 10918-1, annex B)


def _jpeg(content: bytes) -> Picture:
    kept, size, turned = [content[:2]], (0, 0), 1
    for marker, segment in _segments(content):
        if marker == 0xE1 and segment[4:10] == b"Exif\x00\x00":
            turned = _orientation(segment[10:]) or turned
        elif marker in range(0xC0, 0xD0) and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", segment, 5)
            size = (width, height)
            kept.append(segment)
        elif _shows(marker, segment):
            kept.append(segment)
    if not all(size):
        raise Damaged
    if turned != 1:
        data = b"Exif\x00\x00" + _exif(turned)
        at = 2 if len(kept) > 1 and kept[1][:2] == b"\xff\xe0" else 1
        kept.insert(at, b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data)
    return Picture(b"".join(kept), *size)


def _shows(marker: int, segment: bytes) -> bool:
    """Whether the picture looks different without this segment."""
    if marker == 0xE0:
        return segment[4:9] == b"JFIF\x00"
    if marker == 0xE2:
        return segment[4:16] == b"ICC_PROFILE\x00"
    if marker == 0xEE:
        return segment[4:9] == b"Adobe"
    return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment behind the first marker; a scan comes with the picture data that follows it."""
    if content[:2] != b"\xff\xd8":
        raise Damaged
    at = 2
    while True:
        if content[at] != 0xFF:
            raise Damaged
        while content[at + 1] == 0xFF:
            at += 1
        marker = content[at + 1]
        if marker == 0xD9:
            # What hangs behind the end belongs to no picture.
            yield marker, b"\xff\xd9"
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + length
        if marker == 0xDA:
            end = _scan_end(content, end)
        if length < 2 or end > len(content):
            raise Damaged
        yield marker, content[at:end]
        at = end


def _scan_end(content: bytes, at: int) -> int:
    """Where the data of a scan ends: at a marker that is neither a stuffed byte nor a restart."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise Damaged
        following = content[at + 1]
        if following == 0x00 or 0xD0 <= following <= 0xD7:
            at += 2
        elif following == 0xFF:
            at += 1
        else:
            return at


# PNG (ISO/IEC 15948)


def _png(content: bytes) -> Picture:
    if content[:8] != _PNG or content[12:16] != b"IHDR":
        raise Damaged
    kept, size, turned, at = [_PNG], struct.unpack_from(">II", content, 16), 1, 8
    while True:
        (length,) = struct.unpack_from(">I", content, at)
        kind, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            raise Damaged
        if kind == b"eXIf":
            turned = _orientation(content[at + 8 : end - 4]) or turned
        elif kind in _PNG_KEPT:
            kept.append(content[at:end])
        elif not kind[0] & 0x20:
            raise Damaged  # a critical chunk that nobody knows
        if kind == b"IEND":
            break
        at = end
    if not all(size):
        raise Damaged
    if turned != 1:
        kept.insert(2, _chunk(b"eXIf", _exif(turned)))
    return Picture(b"".join(kept), *size)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# WebP (RFC 9649)


def _webp(content: bytes) -> Picture:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise Damaged
    end = min(len(content), 8 + struct.unpack_from("<I", content, 4)[0])
    kept: list[bytes] = []
    size, turned, at = (0, 0), 1, 12
    while at + 8 <= end:
        kind = content[at : at + 4]
        (length,) = struct.unpack_from("<I", content, at + 4)
        data = content[at + 8 : at + 8 + length]
        if len(data) != length:
            raise Damaged
        if kind == b"EXIF":
            turned = _orientation(data.removeprefix(b"Exif\x00\x00")) or turned
        elif kind in _WEBP_KEPT:
            size = size if all(size) else _webp_size(kind, data)
            kept.append(kind + content[at + 4 : at + 8] + data + bytes(length % 2))
        at += 8 + length + length % 2
    if not all(size):
        raise Damaged
    if kept[0][:4] == b"VP8X":
        # Bits of Exif (0x08) and XMP (0x04): neither is there any more, but for how the picture is turned.
        flags = kept[0][8] & ~0x0C | (0x08 if turned != 1 else 0)
        kept[0] = kept[0][:8] + bytes([flags]) + kept[0][9:]
        if turned != 1:
            data = _exif(turned)
            kept.append(b"EXIF" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2))
    body = b"WEBP" + b"".join(kept)
    return Picture(b"RIFF" + struct.pack("<I", len(body)) + body, *size)


def _webp_size(kind: bytes, data: bytes) -> tuple[int, int]:
    if kind == b"VP8X":
        return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 1)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 6)
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


# Exif (CIPA DC-008)


def _orientation(tiff: bytes) -> int | None:
    """How the picture is turned (1 to 8), by the first directory of its Exif data; None when that says nothing."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (at,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, at)
        for entry in range(min(count, 500)):
            tag, kind, number, value = struct.unpack_from(order + "HHIH", tiff, at + 2 + entry * 12)
            if (tag, kind, number) == (_ORIENTATION, 3, 1):
                return value if 1 <= value <= 8 else None
    except struct.error:
        return None
    return None


def _exif(turned: int) -> bytes:
    """Exif data that says how the picture is turned, and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    return b"MM\x00\x2a" + struct.pack(">IH", 8, 1) + entry + bytes(4)
