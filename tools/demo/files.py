"""Files of the demo practice: a letter, a picture and a voice message in the care team's chat."""

import base64
import io
from typing import Any, Protocol

_CHAT = "Care Team - Sam Rivera"


class Person(Protocol):
    """A signed-in demo account (see `tools.seed`)."""

    user: dict[str, Any]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API as this person."""


def seed_files(doctor: Person, patient: Person) -> None:
    """Send the files that are missing."""
    chats = doctor.call("GET", "/chats?limit=100")["data"]
    chat = next((c["id"] for c in chats if c["name"] == _CHAT), None)
    if chat is None:
        return
    there = {m["fileName"] for m in doctor.call("GET", f"/chats/{chat}/messages?limit=100")["data"]}

    def send(who: Person, name: str, kind: str, content: bytes, text: str) -> None:
        if name in there:
            return
        sent = {"base64Data": base64.b64encode(content).decode(), "fileName": name}
        upload = who.call("POST", "/files/upload/chat-files", sent)
        body = {"fileId": upload["id"], "type": kind, "clientMessageId": f"demo-{kind}"}
        if text:
            body["content"] = text
        who.call("POST", f"/chats/{chat}/messages", body)

    send(patient, "Blood pressure diary.jpg", "image", _diary(), "My readings of the last two weeks")
    send(doctor, "Instructions for measuring.pdf", "file", _instructions(), "Please measure as described here")
    send(patient, "Voice message.wav", "voice", _voice(), "")


def _diary() -> bytes:
    from PIL import Image, ImageDraw

    page = Image.new("RGB", (800, 600), "white")
    pen = ImageDraw.Draw(page)
    for number in range(14):
        reading = f"Day {number + 1}:  {136 - number // 2} / {88 - number // 3}"
        pen.text((60, 40 + 38 * number), reading, fill="navy", font_size=24)
    made = io.BytesIO()
    page.save(made, "JPEG", quality=80)
    return made.getvalue()


def _instructions() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    made = io.BytesIO()
    page = Canvas(made)
    for number, line in enumerate(
        ("Measuring blood pressure at home", "", "Sit for five minutes first.", "Twice each morning, a minute apart.")
    ):
        page.drawString(72, 760 - 24 * number, line)
    page.save()
    return made.getvalue()


def _voice() -> bytes:
    # The local stand-in for the language model understands recordings that are made like this one.
    from localcloud.gemini.voice import speak

    return speak([("patient", "I took the ten milligrams at eight this morning and I feel fine.")])
