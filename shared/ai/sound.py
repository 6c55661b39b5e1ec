"""Reading recordings with PyAV: samples for the gate, pieces for the vendor."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.errors import AudioUnreadable

if TYPE_CHECKING:
    from array import array

#: What the vendor is sent when it does not take the recording as it is: 16 kHz mono, which speech does not outgrow.
RATE = 16_000


@contextmanager
def opened(audio: bytes) -> Iterator[Any]:
    """The recording as a PyAV container with a sound track. Raises `AudioUnreadable`."""
    import av

    try:
        with av.open(io.BytesIO(audio), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise AudioUnreadable
            yield container
    except (av.FFmpegError, ValueError):
        raise AudioUnreadable from None


def samples(audio: bytes, rate: int = RATE) -> "Iterator[array[int]]":
    """The recording as signed 16-bit mono samples, block by block. Raises `AudioUnreadable`."""
    from array import array

    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    with opened(audio) as container:
        for frame in container.decode(audio=0):
            for block in resampler.resample(frame):
                yield _block(array("h"), block)
        for block in resampler.resample(None):
            yield _block(array("h"), block)


def _block(into: "array[int]", block: Any) -> "array[int]":
    into.frombytes(bytes(block.planes[0])[: block.samples * 2])
    return into


def flac(blocks: "Iterator[array[int]]") -> bytes:
    """16 kHz mono samples as FLAC: lossless, and half of what a WAV takes. Carries no metadata."""
    import av

    sink = io.BytesIO()
    with av.open(sink, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono")
        stream.format = "s16"
        fifo = av.AudioFifo()
        for block in blocks:
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(block))
            frame.sample_rate = RATE
            frame.planes[0].update(block.tobytes())
            fifo.write(frame)
            while (full := fifo.read(4096)) is not None:
                container.mux(stream.encode(full))
        rest = fifo.read()
        if rest is not None:
            container.mux(stream.encode(rest))
        container.mux(stream.encode(None))
    return sink.getvalue()
