"""Recordings that the stand-in can understand: words written as tones.

`speak` makes a WAV in which each utterance is a burst of tones, 10 ms for four bits, and `hear` reads them back from
the samples. The words are in the sound itself, so they survive other containers, the usual codecs and cutting into
pieces between utterances. What is no such burst is heard as noise, honestly.

A burst: 30 ms of the call tone, 10 ms of the sync tone, then length (2 bytes), JSON [speaker, text] and CRC-32.
"""

import io
import json
import math
import wave
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

RATE = 16_000
_SYMBOL = 160
_LOUD = 12_000
#: Quieter than this is a pause.
_QUIET = 1_200
_CALL, _SYNC = 5_000, 4_200
_DATA = tuple(600 + 200 * value for value in range(16))
_PAUSE = 0.2


@dataclass(frozen=True)
class Utterance:
    """Something heard: from and to (seconds), who, and what; `text` is None for noise."""

    start: float
    end: float
    speaker: str
    text: str | None


def speak(utterances: Iterable[tuple[str, str]], *, pause: float = _PAUSE) -> bytes:
    """A WAV of (speaker, text) pairs, 16 kHz mono."""
    sound = array("h", bytes(2 * round(pause * RATE)))
    for speaker, text in utterances:
        sound.extend(_burst(speaker, text))
        sound.extend(array("h", bytes(2 * round(pause * RATE))))
    return wav(sound)


def silence(seconds: float) -> bytes:
    """A WAV in which there is nothing to hear."""
    return wav(array("h", bytes(2 * round(seconds * RATE))))


def wav(sound: "array[int]") -> bytes:
    """16 kHz mono samples as a WAV."""
    sink = io.BytesIO()
    with wave.open(sink, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.tobytes())
    return sink.getvalue()


def _burst(speaker: str, text: str) -> "array[int]":
    content = json.dumps([speaker, text], ensure_ascii=False).encode()
    data = len(content).to_bytes(2, "big") + content + zlib.crc32(content).to_bytes(4, "big")
    made = array("h")
    made.extend(_tone(_CALL, 3 * _SYMBOL))
    made.extend(_tone(_SYNC, _SYMBOL))
    for byte in data:
        made.extend(_tone(_DATA[byte >> 4], _SYMBOL))
        made.extend(_tone(_DATA[byte & 15], _SYMBOL))
    return made


def _tone(frequency: int, length: int) -> "array[int]":
    step = 2 * math.pi * frequency / RATE
    return array("h", (round(_LOUD * math.sin(step * n)) for n in range(length)))


def hear(sound: Sequence[int]) -> list[Utterance]:
    """What was spoken in 16 kHz mono samples."""
    found = []
    for start, end in _loud_parts(sound):
        content = _read(sound, start, end)
        speaker, text = content if content is not None else ("", None)
        found.append(Utterance(round(start / RATE, 2), round(end / RATE, 2), speaker, text))
    return found


def _loud_parts(sound: Sequence[int]) -> list[tuple[int, int]]:
    """Stretches between pauses of 50 ms and more."""
    hop, gap = 16, 800
    parts: list[tuple[int, int]] = []
    for at in range(0, len(sound), hop):
        block = sound[at : at + hop]
        if max(block) < _QUIET and min(block) > -_QUIET:
            continue
        if parts and at - parts[-1][1] < gap:
            parts[-1] = (parts[-1][0], at + hop)
        else:
            parts.append((at, at + hop))
    return parts


def _read(sound: Sequence[int], start: int, end: int) -> tuple[str, str] | None:
    at = _behind_sync(sound, start, end)
    if at is None:
        return None

    def byte(number: int) -> int | None:
        high, low = (_nibble(sound, at + (2 * number + half) * _SYMBOL) for half in (0, 1))
        return None if high is None or low is None else high << 4 | low

    head = [byte(0), byte(1)]
    if head[0] is None or head[1] is None:
        return None
    length = head[0] << 8 | head[1]
    if at + (length + 6) * 2 * _SYMBOL > end + _SYMBOL:
        return None
    data = [byte(number) for number in range(2, length + 6)]
    if None in data:
        return None
    plain = bytes(value for value in data if value is not None)
    content, check = plain[:-4], plain[-4:]
    if zlib.crc32(content).to_bytes(4, "big") != check:
        return None
    speaker, text = json.loads(content)
    return str(speaker), str(text)


def _behind_sync(sound: Sequence[int], start: int, end: int) -> int | None:
    """Where the data begins: the call tone gives way to the sync tone, which lasts one symbol."""
    limit = _near(_CALL), _near(_SYNC)
    for at in range(start, min(end, start + 8 * _SYMBOL), 4):
        shape = _shape(sound, at, 40)
        if shape is not None and abs(shape - limit[1]) < 0.05 and _shape_is(sound, at + 110, limit[1]):
            return at + _SYMBOL
    return None


def _shape_is(sound: Sequence[int], at: int, wanted: float) -> bool:
    shape = _shape(sound, at, 40)
    return shape is not None and abs(shape - wanted) < 0.05


def _nibble(sound: Sequence[int], at: int) -> int | None:
    shape = _shape(sound, at + 20, 120)
    if shape is None:
        return None
    value = min(range(16), key=lambda n: abs(_SHAPES[n] - shape))
    return value if abs(_SHAPES[value] - shape) < 0.06 else None


def _shape(sound: Sequence[int], at: int, length: int) -> float | None:
    """2 cos ω of a pure tone, from x[n-1] + x[n+1] = 2 cos ω · x[n]; None where it is quiet."""
    part = sound[at : at + length + 2]
    if len(part) < length + 2:
        return None
    power = across = 0
    for before, here, after in zip(part, part[1:], part[2:], strict=False):
        power += here * here
        across += here * (before + after)
    return across / power if power > length * _QUIET**2 else None


def _near(frequency: int) -> float:
    return 2 * math.cos(2 * math.pi * frequency / RATE)


_SHAPES = tuple(_near(frequency) for frequency in _DATA)
