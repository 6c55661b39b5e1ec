"""Recordings: the gate, their length, pieces, and transcripts by the vendor's stand-in."""

import io
import math
import wave
from array import array
from collections.abc import Iterable

import pytest

from localcloud.gemini import voice
from shared.ai import loudness, speech
from shared.ai.sound import flac, samples
from shared.errors import AudioUnreadable

TALK = (("patient", "I take 50 mg of metoprolol, señor, twice a day."), ("clinician", "Okay."))


def encoded(recording: bytes, container: str, codec: str, rate: int = 48_000) -> bytes:
    import av

    sink = io.BytesIO()
    with av.open(sink, "w", format=container) as target, av.open(io.BytesIO(recording)) as source:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
        for frame in source.decode(audio=0):
            for block in resampler.resample(frame):
                target.mux(stream.encode(block))
        target.mux(stream.encode(None))
    return sink.getvalue()


def sound(values: Iterable[float]) -> bytes:
    return voice.wav(array("h", (round(value) for value in values)))


def hum(level: float, seconds: float) -> bytes:
    return sound(level * math.sin(n / 20) for n in range(round(seconds * voice.RATE)))


def test_speech_is_heard_and_silence_is_not() -> None:
    assert not loudness.silent(voice.speak(TALK))
    assert loudness.silent(voice.silence(30))


def test_a_quiet_room_and_a_click_are_silence() -> None:
    assert loudness.silent(hum(60, 5)), "noise of a room at -57 dBFS"
    click = [20_000.0] * 800 + [0.0] * voice.RATE
    assert loudness.silent(sound(click)), "50 ms"
    assert not loudness.silent(hum(2_000, 1)), "loud enough to be a voice"


def test_a_constant_offset_is_no_sound() -> None:
    assert loudness.silent(sound([9_000.0] * voice.RATE))


@pytest.mark.parametrize(
    ("container", "codec"),
    [("flac", "flac"), ("ogg", "libopus"), ("ipod", "aac"), ("mp3", "libmp3lame"), ("webm", "libopus")],
)
def test_every_container_has_its_length_and_is_understood(container, codec) -> None:
    recording = encoded(voice.speak(TALK), container, codec)
    assert loudness.duration(recording) == pytest.approx(2.62, abs=0.1)
    heard = array("h")
    for block in samples(recording):
        heard.extend(block)
    assert [(u.speaker, u.text) for u in voice.hear(heard)] == list(TALK)


@pytest.mark.parametrize("junk", [b"", b"not a recording", b"RIFF\x00\x00\x00\x00WAVE"])
def test_what_is_no_recording(junk) -> None:
    for function in (loudness.silent, loudness.duration):
        with pytest.raises(AudioUnreadable):
            function(junk)


def test_pieces_are_cut_at_pauses_and_can_be_resumed() -> None:
    recording = voice.speak([("patient", f"This is sentence number {n}.") for n in range(30)], pause=0.4)
    parts = list(speech.pieces(recording, seconds=10))
    assert len(parts) > 2
    texts = []
    for part in parts:
        heard = array("h")
        for block in samples(part.audio):
            heard.extend(block)
        texts += [u.text for u in voice.hear(heard)]
    assert texts == [f"This is sentence number {n}." for n in range(30)], "no word is halved"
    assert [(p.start, p.audio) for p in speech.pieces(recording, seconds=10, skip=2)] == [
        (p.start, p.audio) for p in parts[2:]
    ]


def test_flac_keeps_every_sample() -> None:
    recording = voice.speak(TALK)
    with wave.open(io.BytesIO(recording)) as file:
        plain = array("h", file.readframes(file.getnframes()))
    kept = array("h")
    for block in samples(flac(samples(recording))):
        kept.extend(block)
    assert kept[: len(plain)] == plain


# By the vendor's stand-in


def test_a_transcript_has_speakers_and_times(cloud) -> None:
    heard = speech.listen(voice.speak(TALK), "audio/wav", offset=60)
    assert [(s.start, s.end, s.speaker, s.text) for s in heard.segments] == [
        (60.2, 61.62, *TALK[0]),
        (61.82, 62.42, *TALK[1]),
    ]
    assert (heard.language, heard.model) == ("en", "gemini-stand-in-extractive-1")
    assert heard.usage.cost_micro_usd > 0


def test_what_gemini_does_not_take_is_sent_as_flac(cloud) -> None:
    segments = speech.transcribe(encoded(voice.speak(TALK), "webm", "libopus"), "audio/webm")
    assert [(s.speaker, s.text) for s in segments] == list(TALK)


def test_silence_is_not_sent(cloud) -> None:
    heard = speech.listen(voice.silence(2), "audio/wav")
    assert (heard.segments, heard.model) == ([], None)


def test_noise_is_inaudible_not_invented(cloud) -> None:
    assert [s.text for s in speech.transcribe(hum(9_000, 1), "audio/wav")] == ["[inaudible]"]
