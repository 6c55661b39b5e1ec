"""Transcripts as they are stored: of calls, and of voice messages.

`transcripts/{id}` belongs to one recording (`refKind`, `refId`); its id follows from that, so that it is found without
a query and made once. A long recording's transcript grows piece by piece: `partial`, with `piecesDone` of them.
"""

import uuid
from datetime import datetime
from typing import Any, Final, Literal

from shared.ai.speech import Segment
from shared.store.document import Document, Sealed

TranscriptState = Literal["queued", "running", "partial", "done", "failed", "silent"]
RefKind = Literal["calls", "messages"]

#: What a transcript is left without when what it says is erased; ids, times and counts stay.
ERASED: Final[dict[str, Any]] = {"segments": [], "text": "", "summary": None, "key_points": [], "action_items": []}


class Transcript(Document):
    """What was said in a recording."""

    collection = "transcripts"
    domain = "scribe"

    ref_kind: RefKind
    ref_id: str
    patient_id: str | None = None
    state: TranscriptState = "queued"
    segments: Sealed[list[Segment]] = []
    text: Sealed[str] = ""
    summary: Sealed[str | None] = None
    key_points: Sealed[list[str]] = []
    action_items: Sealed[list[str]] = []
    language: str | None = None
    duration_seconds: float | None = None
    #: Whether everybody on the call agreed to scribing; without it no note or summary is made of this.
    scribe_allowed: bool = False
    #: Pieces of the recording that are transcribed; where a repeat goes on.
    pieces_done: int = 0
    #: Until when another worker leaves it alone.
    lease_until: datetime | None = None
    model: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_micro_usd: int = 0
    #: Why it failed: a reason of `shared.errors`.
    failure: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def usable(self) -> bool:
        """Whether there is text to work with: all of it, or what there is so far."""
        return self.state in {"done", "partial"} and bool(self.segments)


def transcript_id(ref_kind: RefKind, ref_id: str) -> str:
    """Id of the transcript of a recording."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:transcript:{ref_kind}:{ref_id}"))


def text_of(segments: list[Segment]) -> str:
    """Segments as one text, a line each, with the speaker where known."""
    return "\n".join(f"{s.speaker.capitalize()}: {s.text}" if s.speaker else s.text for s in segments)
