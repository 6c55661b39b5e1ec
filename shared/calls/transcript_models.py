"""Answers about transcripts of calls."""

from datetime import datetime

from pydantic import Field

from shared.http.answers import Out


class CallTranscript(Out):
    """A call as text."""

    call_id: str
    transcription: str
    state: str
    duration: str | None = Field(examples=["15m 30s"])
    duration_seconds: float | None
    language: str | None


class SegmentOut(Out):
    """Words of one speaker; from and to in seconds of the recording, as citations name them."""

    start: float
    end: float
    speaker: str | None
    text: str


class TranscriptOut(CallTranscript):
    """A call as text with its speakers, as far as it has been transcribed."""

    pieces_done: int = Field(description="Pieces of the recording, of five minutes, that are transcribed.")
    segments: list[SegmentOut]
    summary: str | None
    key_points: list[str]
    action_items: list[str]
    updated_at: datetime
