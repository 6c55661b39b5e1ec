"""How long a recording is, read from the recording itself."""

import io

from shared.files.images import Damaged


def duration(content: bytes) -> float:
    """Seconds of the sound, or of the picture where there is no sound, by the times of its packets. Raises `Damaged`.

    What a header claims does not count: it may be missing, as in recordings that were streamed, or wrong.
    """
    import av

    try:
        with av.open(io.BytesIO(content), mode="r", metadata_errors="ignore") as container:
            streams = container.streams
            chosen = [*streams.audio, *streams.video][:1]
            if not chosen:
                raise Damaged
            first, last, base = None, 0, chosen[0].time_base
            for packet in container.demux(chosen[0]):
                if packet.pts is None or base is None:
                    continue
                first = packet.pts if first is None else min(first, packet.pts)
                last = max(last, packet.pts + (packet.duration or 0))
    except (av.FFmpegError, ValueError, OverflowError):
        raise Damaged from None
    if first is None or base is None or last <= first:
        raise Damaged
    return round(float((last - first) * base), 2)
