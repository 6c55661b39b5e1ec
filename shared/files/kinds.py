"""What a file is, by its content alone. What its name or its sender says decides nothing."""

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import Final

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
MP3: Final = "audio/mpeg"
M4A: Final = "audio/mp4"
OGG: Final = "audio/ogg"
WAV: Final = "audio/wav"
MP4: Final = "video/mp4"
DICOM: Final = "application/dicom"

#: Endings of each type's names, the usual one first.
ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    PDF: (".pdf",),
    DOCX: (".docx",),
    JPEG: (".jpg", ".jpeg"),
    PNG: (".png",),
    WEBP: (".webp",),
    MP3: (".mp3",),
    M4A: (".m4a", ".mp4"),
    OGG: (".ogg", ".oga", ".opus"),
    WAV: (".wav",),
    MP4: (".mp4",),
    DICOM: (".dcm", ".dicom"),
}

IMAGES: Final = frozenset({PNG, JPEG, WEBP})
AUDIO: Final = frozenset({MP3, M4A, OGG, WAV})
#: What may be uploaded (RESOLUTIONS: Files). WebP is taken as a picture of a user only.
FILES: Final = frozenset(ENDINGS) - {WEBP}

#: Codecs of Ogg streams that are sound; the container carries pictures, too.
_OGG_SOUND = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   ")
#: Beginnings that make a DICOM file something else as well: its first 128 bytes are anybody's.
_NOT_DICOM = (b"MZ", b"\x7fELF", b"%PDF", b"PK", b"#!", b"<", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


def type_of(content: bytes) -> str | None:
    """The MIME type of a file; None when it is of no kind that is known here."""
    if content[128:132] == b"DICM":
        return None if content.startswith(_NOT_DICOM) else DICOM
    if content[:4] == b"OggS":
        return OGG if content[28:64].startswith(_OGG_SOUND) else None
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return WAV
    if content[4:8] == b"ftyp":
        return _iso_media(content)
    if content[:4] == b"PK\x03\x04":
        return DOCX if _is_docx(content) else None
    import filetype

    found = filetype.guess(content[:8192])
    return str(found.mime) if found and found.mime in {PDF, JPEG, PNG, WEBP, MP3} else None


def _is_docx(content: bytes) -> bool:
    """Whether this archive is a Word document without macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        return False
    return {"[content_types].xml", "word/document.xml"} <= names and not any("vbaproject" in name for name in names)


def _iso_media(content: bytes) -> str | None:
    """MP4 with a picture, or M4A without: the brand in its first box does not tell them apart."""
    if content[8:12] == b"qt  ":
        return None
    handlers = {
        content[hdlr + 8 : hdlr + 12]
        for moov, moov_end in _boxes(content, 0, len(content), b"moov")
        for trak, trak_end in _boxes(content, moov, moov_end, b"trak")
        for mdia, mdia_end in _boxes(content, trak, trak_end, b"mdia")
        for hdlr, _ in _boxes(content, mdia, mdia_end, b"hdlr")
    }
    return MP4 if b"vide" in handlers else M4A if b"soun" in handlers else None


def _boxes(content: bytes, at: int, end: int, kind: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of what is in each box of one kind (ISO/IEC 14496-12 §4.2)."""
    while at + 8 <= end:
        size, found = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1 and at + 16 <= end:
            (size,) = struct.unpack_from(">Q", content, at + 8)
            head = 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        if found == kind:
            yield at + head, at + size
        at += size
