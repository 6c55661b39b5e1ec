"""What a file is, by its content."""

import io
import zipfile

import pytest

from shared.files import kinds, media
from shared.files.images import Damaged
from tests.functions.files import samples

KINDS = {
    kinds.PDF: samples.pdf,
    kinds.DOCX: samples.docx,
    kinds.JPEG: samples.jpeg,
    kinds.PNG: samples.png,
    kinds.WEBP: samples.webp,
    kinds.MP3: lambda: samples.sound("mp3", "libmp3lame"),
    kinds.M4A: lambda: samples.sound("ipod", "aac"),
    kinds.OGG: lambda: samples.sound("ogg", "libopus"),
    kinds.WAV: samples.wav,
    kinds.MP4: samples.mp4,
    kinds.DICOM: samples.dicom,
}


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return made.getvalue()


@pytest.mark.parametrize("mime_type", KINDS)
def test_each_kind_is_known_by_its_content(mime_type) -> None:
    assert kinds.type_of(KINDS[mime_type]()) == mime_type


def test_every_kind_has_an_ending() -> None:
    assert set(KINDS) == set(kinds.ENDINGS)
    assert set(kinds.ENDINGS) - {kinds.WEBP} == kinds.FILES


@pytest.mark.parametrize("codec", ["aac", "alac"])
def test_sound_in_a_container_of_films_is_sound(codec) -> None:
    assert kinds.type_of(samples.sound("mp4", codec)) == kinds.M4A


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"<html></html>",
        b"plain text",
        b"MZ\x90\x00" + bytes(200),
        b"\x7fELF" + bytes(200),
        b"GIF89a" + bytes(200),
        archive("a.txt"),
        archive("word/document.xml"),
        archive("[Content_Types].xml", "xl/workbook.xml"),
        b"PK\x03\x04" + bytes(100),
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ",
        b"\x00\x00\x00\x14ftypisom\x00\x00\x00\x00isom\x00\x00\x00\x00moov",
        b"OggS" + bytes(24) + b"\x80theora",
        bytes(128) + b"DICx",
    ],
)
def test_everything_else_is_unknown(content) -> None:
    assert kinds.type_of(content) is None


def test_a_word_document_with_macros_is_unknown() -> None:
    assert kinds.type_of(samples.docx(macros=True)) is None


@pytest.mark.parametrize("preamble", [b"MZ", b"\x7fELF", b"%PDF-1.7", b"PK\x03\x04", b"<script>", b"#!/bin/sh\n"])
def test_a_scan_that_is_a_program_too_is_unknown(preamble) -> None:
    assert kinds.type_of(samples.dicom(preamble)) is None


def test_a_scan_may_be_a_tiff_too() -> None:
    assert kinds.type_of(samples.dicom(b"II*\x00")) == kinds.DICOM


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        (samples.wav(2.5), 2.5),
        (samples.sound("ogg", "libopus"), 1.0),
        (samples.sound("ipod", "aac"), 1.0),
        (samples.sound("mp3", "libmp3lame"), 1.0),
        (samples.mp4(2), 2.0),
    ],
)
def test_the_length_is_that_of_what_is_recorded(content, seconds) -> None:
    assert media.duration(content) == pytest.approx(seconds, abs=0.1)


def test_a_recording_that_claims_to_be_longer_is_as_long_as_it_is() -> None:
    said = bytearray(samples.wav(1.0))
    said[40:44] = (16_000 * 2 * 3600).to_bytes(4, "little")
    assert media.duration(bytes(said)) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("content", [b"", b"RIFF\x00\x00\x00\x00WAVE", samples.png(), samples.wav()[:40]])
def test_what_has_no_length_is_damaged(content) -> None:
    if content == samples.png():
        assert kinds.type_of(content) not in kinds.AUDIO
        return
    with pytest.raises(Damaged):
        media.duration(content)
