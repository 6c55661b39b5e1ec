"""Stored documents of the scribe.

`generations/{id}` is the ledger: one entry for every time the model was asked to write, with what it was given (ids,
never content), under which instructions, what it used and cost, how it ended, and what the clinician did with the
sentences of the draft and with each suggestion. `noteSuggestions/{id}` are what came beside a note, each decided once.
"""

import uuid
from datetime import datetime
from typing import Literal

from shared.scribe.checker import Flag
from shared.scribe.kinds import SuggestionType
from shared.scribe.sources import Citation
from shared.store.document import Document, Sealed, Value
from shared.store.query import Query

Kind = Literal["note", "suggestions", "call_summary"]
Outcome = Literal["queued", "done", "failed", "not_enough_content"]
Decision = Literal["pending", "accepted", "edited", "rejected"]


class CitedSentence(Value):
    """A sentence as it was written, and what it rests on."""

    section: str
    text: str
    citations: list[Citation]
    flags: list[Flag] = []


class Generation(Document):
    """One generation: what was asked, of whom, and what came of it."""

    collection = "generations"
    domain = "scribe"

    kind: Kind
    #: Prepared after a call without being asked for.
    automatic: bool = False
    requested_by: str
    patient_id: str | None = None
    chat_id: str | None = None
    call_id: str | None = None
    appointment_id: str | None = None
    #: The note that was drafted, or that suggestions are for.
    note_id: str | None = None
    template_type: str | None = None
    consultation_type: str | None = None
    visit_reason: Sealed[str | None] = None
    section: str | None = None
    #: What the clinician gave with the request; dropped once it is used.
    context: Sealed[str | None] = None

    outcome: Outcome = "queued"
    #: A reason of `shared.errors`, when it failed.
    failure: str | None = None
    model: str | None = None
    prompt_version: str | None = None
    prompt_sha256: str | None = None
    #: Ids of the messages, or of the transcript, that the model was given.
    input_ids: list[str] = []
    #: Sentences that were kept from the model because they address it.
    left_out: int = 0
    windows: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    #: At the prices configured then; 1,000,000 is a dollar.
    cost_micro_usd: int = 0
    latency_ms: int = 0
    sentence_count: int = 0
    flagged_count: int = 0
    flag_counts: dict[str, int] = {}
    sentences: Sealed[list[CitedSentence]] = []
    suggestion_ids: list[str] = []
    #: What became of each suggestion, by id.
    decisions: dict[str, Decision] = {}
    #: How many of the draft's own sentences were accepted, edited and rejected, once it was signed or thrown away.
    drafted: dict[Decision, int] = {}
    created_at: datetime
    ended_at: datetime | None = None

    #: Whether and when what it says was erased; who asked for what, counts and cost stay.
    erased: bool = False
    erased_at: datetime | None = None


class Suggestion(Document):
    """Something the clinician may put into a note, decided once."""

    collection = "noteSuggestions"
    domain = "scribe"

    note_id: str
    patient_id: str
    generation_id: str
    section: str
    text: Sealed[str]
    type: SuggestionType
    confidence: float | None = None
    citations: Sealed[list[Citation]] = []
    #: What the checker found; with any, it is not accepted as it is.
    flags: list[Flag] = []
    status: Decision = "pending"
    #: What was put into the note, where that is another text.
    edited_text: Sealed[str | None] = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    created_at: datetime

    @property
    def erased(self) -> bool:
        """Whether its text was erased."""
        return not self.text


GENERATIONS_OF_CALL = Query("generations_of_call", Generation, equal=("callId",), order=("createdAt",))
GENERATIONS_OF_NOTE = Query("generations_of_note", Generation, equal=("noteId",), order=("-createdAt",))
GENERATIONS_BY_AGE = Query("generations_by_age", Generation, equal=("erased",), order=("createdAt",))


def note_id(generation_id: str) -> str:
    """Id of the note a generation drafts: a repeat drafts the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:generation:{generation_id}:note"))


def suggestion_id(generation_id: str, number: int) -> str:
    """Id of a generation's suggestion."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:generation:{generation_id}:suggestion:{number}"))


def automatic_id(call_id: str, user_id: str) -> str:
    """Id of what is prepared for a clinician after a call, once."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"consentmd:generation:call:{call_id}:{user_id}"))
