"""Bodies and answers of the scribe: the union of what seeds 000 and 003 send and expect."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from shared.http.answers import Model, Out
from shared.patients.fields import UserId as RecordId
from shared.reference.consultations import CONSULTATION_TYPES
from shared.reference.templates import TEMPLATE_IDS
from shared.scribe.checker import Flag
from shared.scribe.documents import CitedSentence, Decision, Generation, Kind, Outcome
from shared.scribe.sources import Citation
from shared.scribe.suggestion_models import SuggestionOut
from shared.users.fields import Text, no_controls

Long = Annotated[str, AfterValidator(no_controls), StringConstraints(min_length=1, max_length=20_000)]
#: An hour of talk is some 60,000 characters.
Transcription = Annotated[str, AfterValidator(no_controls), StringConstraints(min_length=1, max_length=400_000)]
ShortText = Annotated[Text, StringConstraints(min_length=1, max_length=255)]
_VISITS = tuple(each.id for each in CONSULTATION_TYPES)


def _known(value: Any, among: tuple[str, ...], where: str) -> Any:
    found = value.strip().lower() if isinstance(value, str) else ""
    if found not in among:
        raise ValueError(f"is not known; {where} lists them")
    return found


TemplateType = Annotated[str, BeforeValidator(lambda v: _known(v, TEMPLATE_IDS, "GET /templates"))]
ConsultationId = Annotated[str, BeforeValidator(lambda v: _known(v, _VISITS, "GET /consultation-types"))]


class GenerateNote(Model):
    """What to write a note from: a chat about a patient, or a call that was transcribed."""

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "chatId": "3f0c9c3e-7e1a-4b62-9d3e-2f6f0f3c8a11",
                    "templateType": "soap",
                    "consultationType": "initial_consultation",
                    "visitReason": "Annual checkup",
                }
            ]
        }
    }

    chat_id: RecordId | None = None
    call_id: RecordId | None = None
    template_type: TemplateType | None = Field(
        None, examples=["soap"], description="Without: your preferred template, else soap."
    )
    consultation_type: ConsultationId | None = Field(None, examples=["initial_consultation"])
    visit_reason: ShortText | None = Field(None, examples=["Annual checkup"])

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.chat_id is None) == (self.call_id is None):
            raise ValueError("exactly one of chatId and callId is needed")
        return self


class GenerateSuggestions(Model):
    """For which section of which note."""

    note_id: RecordId
    section: ShortText = Field(examples=["plan"])
    context: Long | None = Field(
        None, examples=["Recent patient history and symptoms"], description="What else to go by."
    )


class SummarizeCall(Model):
    """A call that was transcribed, or a transcription: one of the two, or both."""

    call_id: RecordId | None = None
    transcription: Transcription | None = Field(
        None, examples=["Patient: I have had a cough for two weeks.\nDoctor: Any fever?\nPatient: No."]
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.call_id is None and self.transcription is None:
            raise ValueError("Transcription is required")
        return self


class Decide(Model):
    """What to do with a suggestion; without a body it is accepted as it is."""

    action: Literal["accept", "edit", "reject"] = "accept"
    text: Long | None = Field(None, description="What goes into the note instead, with `edit`.")
    version: int | None = Field(None, ge=1, description="Version of the note that you changed.")

    @model_validator(mode="after")
    def _text_with_edit(self) -> Self:
        if (self.action == "edit") != (self.text is not None):
            raise ValueError("text goes with edit, and edit with text")
        return self


class SentenceOut(Out):
    """A sentence of a section, and what it rests on."""

    section: str
    text: str
    citations: list[Citation]


class NoteGenerated(Out):
    """A drafted note."""

    id: str = Field(description="The note's id.")
    generation_id: str
    sections: dict[str, str]
    sentences: list[SentenceOut] = Field(description="The sections, sentence by sentence, with citations.")
    suggestions: list[SuggestionOut] = Field(
        description="Open points, and sentences that were kept out of the note because they did not fit."
    )
    model: str


class SuggestionsOut(Out):
    """Suggestions for a section."""

    suggestions: list[SuggestionOut]


class WithheldOut(Out):
    """A sentence that was kept out of a summary."""

    text: str
    flags: list[Flag]


class CallSummaryOut(Out):
    """A summary of a call."""

    summary: str
    key_points: list[str]
    action_items: list[str]
    citations: list[SentenceOut] = Field(description="Each sentence of the three with what it rests on.")
    withheld: list[WithheldOut] = Field(description="Sentences that did not fit what was said.")

    @classmethod
    def of(cls, generation: Generation) -> Self:
        """From the ledger."""
        clean = [s for s in generation.sentences if not s.flags]

        def texts(section: str) -> list[str]:
            return [s.text for s in clean if s.section == section]

        return cls(
            summary=" ".join(texts("summary")),
            key_points=texts("keyPoints"),
            action_items=texts("actionItems"),
            citations=[_shown(s) for s in clean],
            withheld=[WithheldOut(text=s.text, flags=s.flags) for s in generation.sentences if s.flags],
        )


def _shown(sentence: CitedSentence) -> SentenceOut:
    return SentenceOut(section=sentence.section, text=sentence.text, citations=sentence.citations)


def sentences_of(generation: Generation) -> list[SentenceOut]:
    """The sentences that made the note."""
    return [_shown(s) for s in generation.sentences if not s.flags]


class DecisionOut(Out):
    """What became of one suggestion."""

    suggestion_id: str
    decision: Decision


class GenerationOut(Out):
    """One entry of the scribe's ledger: how it was made and what became of it; nothing of what it says."""

    id: str
    kind: Kind
    automatic: bool = Field(description="Prepared after a call without being asked for.")
    requested_by: str = Field(description="Account that asked.")
    outcome: Outcome
    failure: str | None = Field(description="Reason of the error it ended with.")
    template_type: str | None
    consultation_type: str | None
    section: str | None = Field(description="Section that suggestions were for.")
    model: str | None
    prompt_version: str | None = Field(examples=["base/v2+soap/v1+general_consultation"])
    prompt_sha256: str | None = Field(description="Of the whole text of the instructions, in hexadecimal.")
    input_ids: list[str] = Field(description="Messages, transcript and note sections the model was given, by id.")
    left_out: int = Field(description="Sentences kept from the model because they address it.")
    windows: int = Field(description="Calls of the model: one for each part of a long conversation.")
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int = Field(description="At the prices configured then; 1,000,000 is a dollar.")
    latency_ms: int = Field(description="Time the model took, in milliseconds.")
    sentence_count: int
    flagged_count: int = Field(description="Sentences that did not fit what they cite.")
    flag_counts: dict[str, int] = Field(description="Of each flag.")
    accepted: int = Field(description="Suggestions taken as they were.")
    edited: int = Field(description="Suggestions taken in the clinician's own words.")
    rejected: int
    pending: int
    decisions: list[DecisionOut]
    drafted: dict[Decision, int] = Field(
        description="Sentences of the draft that stand in the note as they were (`accepted`), in other words "
        "(`edited`) or no more (`rejected`); `pending` until it is signed or thrown away.",
        examples=[{"accepted": 9, "edited": 2, "rejected": 1}],
    )
    erased: bool = Field(description="Whether its text is gone: by retention, or since consent was taken back.")
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, entry: Generation) -> Self:
        """An entry as it stands."""
        became = Counter(entry.decisions.values())
        shown = cls.model_fields.keys() - {"accepted", "edited", "rejected", "pending", "decisions", "drafted"}
        open_still = sum(not sentence.flags for sentence in entry.sentences) if entry.kind == "note" else 0
        return cls(
            **{name: getattr(entry, name) for name in shown},
            accepted=became["accepted"],
            edited=became["edited"],
            rejected=became["rejected"],
            pending=became["pending"],
            decisions=[DecisionOut(suggestion_id=key, decision=value) for key, value in entry.decisions.items()],
            drafted=entry.drafted or ({"pending": open_still} if open_still else {}),
        )


class Decided(Out):
    """What became of a suggestion."""

    success: bool = True
    updated_section: str = Field(examples=["plan"])
    updated_content: str | None = Field(description="The section as it stands; null while it is empty.")
    version: int = Field(description="Of the note.")
    suggestion: SuggestionOut
