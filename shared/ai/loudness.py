"""The gate before any transcription: is there anything to hear in this recording, and how long is it.

A language model that is asked to transcribe silence sometimes writes a consultation. So silence never reaches it: this
decides by the samples alone, the same way each time. It hears loudness, not speech: a fan passes, and is then left to
the minimum-content gate of whoever uses the transcript.
"""

from shared.ai.sound import opened, samples

#: Samples a second that are looked at; loudness needs no more.
_RATE = 8000
#: Length of a frame in samples (20 ms).
_FRAME = 160
#: RMS of the quietest frame that counts as heard: −46 dBFS. Rooms on a phone lie at −60 to −50, speech at −30 to −15.
_HEARD = 32768 * 10 ** (-46 / 20)
#: So many frames must be heard (0.3 s): a click or a bump of the microphone is no speech.
_ENOUGH = 15


def silent(audio: bytes) -> bool:
    """Whether nothing can be heard in a recording. Raises `AudioUnreadable`."""
    heard = 0
    rest: list[int] = []
    for block in samples(audio, _RATE):
        values = rest + block.tolist()
        whole = len(values) - len(values) % _FRAME
        for start in range(0, whole, _FRAME):
            frame = values[start : start + _FRAME]
            # The peak bounds the RMS and is cheap: silence, which is read to its end, costs only this.
            if max(frame) - min(frame) < _HEARD:
                continue
            mean = sum(frame) / _FRAME
            heard += sum((v - mean) ** 2 for v in frame) >= _HEARD**2 * _FRAME
            if heard >= _ENOUGH:
                return False
        rest = values[whole:]
    return True


def duration(audio: bytes) -> float:
    """Length of a recording in seconds, as it decodes: headers of browsers' recordings often say none or a wrong one.

    Raises `AudioUnreadable`.
    """
    seconds = 0.0
    with opened(audio) as container:
        for frame in container.decode(audio=0):
            seconds += frame.samples / frame.sample_rate
    return round(seconds, 3)
