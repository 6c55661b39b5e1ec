"""A real file of each kind that is accepted, made by the programs that make such files."""

import io
import math
import struct
import wave
import zipfile
from array import array
from functools import cache

from PIL import Image, PngImagePlugin

from localcloud.clamd.scanner import EICAR

#: Found nowhere in a picture by chance: the place it was taken, the camera, a remark.
PLACE, CAMERA, REMARK = (52, 31, 12), "Cameramaker QX-1", "Unmistakable remark about the patient"


def pdf(text: str = "Referral") -> bytes:
    """A PDF of one empty page."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ]
    made, places = b"%PDF-1.4\n% " + text.encode() + b"\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 4\n0000000000 65535 f \n%strailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return made + end % (table, len(made))


@cache
def docx(*, macros: bool = False, member: bytes = b"") -> bytes:
    """A Word document; with `macros` as Word would have none of it, with `member` as one of its pictures."""
    from docx import Document

    made = io.BytesIO()
    document = Document()
    document.add_paragraph("Discharge letter")
    document.save(made)
    with zipfile.ZipFile(made, "a") as archive:
        if macros:
            archive.writestr("word/vbaProject.bin", b"macro")
        if member:
            archive.writestr("word/media/image1.bin", member, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _exif(orientation: int) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = CAMERA
    gps = data.get_ifd(0x8825)
    gps[1], gps[2] = "N", PLACE
    return data


@cache
def jpeg(size: tuple[int, int] = (40, 20), *, orientation: int = 1, told: bool = False) -> bytes:
    """A photograph; `told` with Exif, GPS, XMP, a comment, a colour profile and bytes behind its end."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    made = io.BytesIO()
    if not told:
        image.save(made, "JPEG")
        return made.getvalue()
    from PIL import ImageCms

    image.save(
        made,
        "JPEG",
        exif=_exif(orientation),
        xmp=f"<x:xmpmeta>{REMARK}</x:xmpmeta>".encode(),
        comment=REMARK.encode(),
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        progressive=True,
    )
    return made.getvalue() + REMARK.encode()


@cache
def png(size: tuple[int, int] = (40, 20), *, orientation: int = 1, told: bool = False) -> bytes:
    """A drawing; `told` with Exif, text, time and bytes behind its end."""
    image = Image.linear_gradient("L").resize(size).convert("RGBA")
    made, options = io.BytesIO(), {}
    if told:
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", REMARK)
        texts.add_itxt("Author", REMARK)
        texts.add_text("Description", REMARK, zip=True)
        options = {"pnginfo": texts, "exif": _exif(orientation), "dpi": (300, 300)}
    image.save(made, "PNG", **options)
    return made.getvalue() + (REMARK.encode() if told else b"")


@cache
def webp(*, orientation: int = 1, told: bool = False) -> bytes:
    """A picture for an account."""
    made = io.BytesIO()
    options = {"exif": _exif(orientation), "xmp": REMARK.encode()} if told else {}
    Image.linear_gradient("L").resize((40, 20)).convert("RGB").save(made, "WEBP", **options)
    return made.getvalue()


def tone(seconds: float, rate: int = 16_000, loudness: float = 0.5) -> array:
    """A tone of 440 Hz."""
    top = 32767 * loudness
    return array("h", (round(top * math.sin(2 * math.pi * 440 * n / rate)) for n in range(round(seconds * rate))))


@cache
def wav(seconds: float = 0.5, loudness: float = 0.5) -> bytes:
    """A recording of a tone."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(tone(seconds, loudness=loudness).tobytes())
    return made.getvalue()


@cache
def sound(container: str, codec: str, seconds: float = 1.0) -> bytes:
    """The same, encoded: ("ipod", "aac") is M4A, ("ogg", "libopus") what phones record, ("mp3", "libmp3lame")."""
    import av

    rate, made = 48_000, io.BytesIO()
    with av.open(made, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=round(rate * seconds))
        frame.sample_rate = rate
        frame.planes[0].update(tone(seconds, rate).tobytes())
        frame.pts = 0
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate, frame_size=stream.frame_size)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return made.getvalue()


@cache
def mp4(seconds: int = 1) -> bytes:
    """A film without sound."""
    import av

    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(10 * seconds):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (number * 20, 0, 0)))
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return made.getvalue()


def dicom(preamble: bytes = b"") -> bytes:
    """A DICOM file with a modality in it (PS3.10 §7.1; explicit little endian)."""
    element = struct.pack("<HH2sH", 0x0008, 0x0060, b"CS", 2) + b"MR"
    return preamble.ljust(128, b"\0") + b"DICM" + element


#: Malware that is a PDF, and that hides in a Word document.
INFECTED_PDF = pdf() + EICAR


def infected_docx() -> bytes:
    return docx(member=EICAR)
