"""Transcripts of recordings.

A long recording is cut into pieces, so that each is one request, what is done is kept when a later one fails, and a
partial transcript can be shown (`pieces`, `transcribe`). Silent pieces are not sent at all.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from shared.ai.costs import Usage
from shared.ai.loudness import silent
from shared.ai.model import Audio, generate
from shared.ai.sound import RATE, flac, samples

if TYPE_CHECKING:
    from array import array

#: What Gemini takes as it is; anything else is sent as FLAC.
TAKEN: Final = frozenset({"audio/wav", "audio/x-wav", "audio/mp3", "audio/mpeg", "audio/ogg", "audio/flac"})

#: Length of a piece in seconds: some 16 KB/s of FLAC keep it under 5 MB, and a repeat is cheap.
PIECE_SECONDS: Final = 300
#: Transcribing instructions in use; a change is a new file.
PROMPT: Final = "transcribe/v1"


class Segment(BaseModel):
    """Words of one speaker: from and to in seconds of the recording."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    start: float
    end: float
    #: "clinician", "patient", "family" or "speaker 2"; None when it cannot be told.
    speaker: str | None = None
    text: str


class HeardSegment(BaseModel):
    """A segment as the model answers it."""

    model_config = ConfigDict(defer_build=True)

    start: float = Field(description="Seconds from the beginning of the recording.")
    end: float = Field(description="Seconds from the beginning of the recording.")
    speaker: str = Field(description="clinician, patient, family, or speaker 1, speaker 2 …; empty if unknown.")
    text: str = Field(description="The words, verbatim, in the language they were spoken in.")


class Heard(BaseModel):
    """What the model answers about a recording."""

    model_config = ConfigDict(defer_build=True)

    language: str = Field(description="BCP 47 tag of the language spoken, e.g. en or es.")
    segments: list[HeardSegment]


class Spoken(NamedTuple):
    """A transcript of one recording or piece."""

    segments: list[Segment]
    language: str | None
    model: str | None
    usage: Usage
    ms: int


class Piece(NamedTuple):
    """A part of a recording: where it starts (seconds), and its sound as FLAC."""

    start: float
    audio: bytes


def transcribe(audio: bytes, mime_type: str) -> list[Segment]:
    """Segments of a recording that is short enough for one request; none when it is silent.

    Raises `AudioUnreadable`, or one of `shared.ai.model.generate`.
    """
    return listen(audio, mime_type).segments


def listen(audio: bytes, mime_type: str, *, offset: float = 0.0) -> Spoken:
    """The same with language, model and usage; times count from `offset` seconds earlier."""
    if silent(audio):
        return Spoken([], None, None, Usage(), 0)
    if mime_type not in TAKEN:
        audio, mime_type = flac(samples(audio)), "audio/flac"
    answer = generate(Heard, [Audio(audio, mime_type)], instructions=instructions())
    segments = [
        Segment(
            start=round(offset + max(0.0, s.start), 2),
            end=round(offset + max(s.start, s.end, 0.0), 2),
            speaker=s.speaker.strip().lower() or None,
            text=s.text.strip(),
        )
        for s in answer.result.segments
        if s.text.strip()
    ]
    ordered = sorted(segments, key=lambda s: (s.start, s.end))
    return Spoken(ordered, answer.result.language or None, answer.model, answer.usage, answer.ms)


def pieces(audio: bytes, *, seconds: int = PIECE_SECONDS, skip: int = 0) -> Iterator[Piece]:
    """A recording cut every `seconds`; the first `skip` pieces, which are done, are left out.

    Raises `AudioUnreadable`.
    """
    from array import array

    size = seconds * RATE
    number, start, held = 0, 0, array("h")
    for block in samples(audio):
        held.extend(block)
        while len(held) >= size:
            cut = _quietest(held, size)
            if number >= skip:
                yield Piece(round(start / RATE, 3), flac(iter((held[:cut],))))
            number, start, held = number + 1, start + cut, held[cut:]
    if len(held) and number >= skip:
        yield Piece(round(start / RATE, 3), flac(iter((held,))))


def _quietest(held: "array[int]", size: int) -> int:
    """Where to cut: the middle of the quietest tenth of a second towards the end, so that no word is halved."""
    step = RATE // 10
    places = range(max(size - 15 * RATE, size // 2), size - step + 1, step)
    quiet = min(places, key=lambda at: max(held[at : at + step]) - min(held[at : at + step]))
    return quiet + step // 2


@cache
def instructions() -> str:
    """What the model is told about transcribing."""
    return (Path(__file__).parent / "prompts" / f"{PROMPT}.txt").read_text().strip()
