"""What the scribe works from, gathered: a chat's messages, a call's transcript, a note, a given text.

Names of persons are not sent: speakers appear by what they are (clinician, patient, family).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from shared.ai.transcripts import Transcript, transcript_id
from shared.chats import lines
from shared.chats.documents import Chat
from shared.context import Context
from shared.errors import ConsentRequired, NotEnoughContent, TranscriptMissing
from shared.notes.documents import ClinicalNote
from shared.scribe.sources import Citation, SourceLine, enough, numbered
from shared.users.documents import Role

if TYPE_CHECKING:
    from shared.chats import Line

#: Messages of a chat that are written from.
MOST_MESSAGES = 1000
#: Latest messages by which a request decides whether there is enough: reading all is the worker's.
GLANCE = 60

#: Who decides about a call: resolved when it is asked, so that functions without calls do not import them.
ACCESS: Final[dict[str, str]] = {"calls": "shared.calls:access_call"}

_SPEAKERS: Final = {
    Role.DOCTOR.value: "clinician", Role.NURSE.value: "clinician", Role.ADMIN.value: "clinician",
    Role.PATIENT.value: "patient", Role.FAMILY.value: "family",
}  # fmt: skip
_SPOKEN: Final = {
    "doctor": "clinician", "dr": "clinician", "nurse": "clinician", "provider": "clinician", "clinician": "clinician",
    "patient": "patient", "client": "patient", "family": "family", "mother": "family", "father": "family",
    "parent": "family", "medico": "clinician", "doctora": "clinician", "paciente": "patient",
}  # fmt: skip


def access_call(ctx: Context, call_id: str, *, to: str) -> Any:
    """The call, if the caller may do `to` with it."""
    return load_calls()(ctx, call_id, to=to)


def load_calls() -> Any:
    """Who decides about a call, imported, and with it what is read of a call by its id."""
    module, _, name = ACCESS["calls"].partition(":")
    return getattr(import_module(module), name)


def of_chat(ctx: Context, chat: Chat, *, since: Any = None, limit: int = MOST_MESSAGES) -> tuple[list[SourceLine], int]:
    """The lines of a chat, and how many sentences were left out of them. One query."""
    return _chat_lines(lines(ctx, chat, since, limit=limit))


def _chat_lines(found: list["Line"]) -> tuple[list[SourceLine], int]:
    return numbered(
        (
            Citation(kind="message", id=line.message_id),
            _SPEAKERS.get(line.sender_role or "", "patient"),
            line.text,
            line.at,
        )
        for line in found
    )


def of_transcript(transcript: Transcript) -> tuple[list[SourceLine], int]:
    """The lines of a call."""
    return numbered(
        (
            Citation(kind="transcript", id=transcript.ref_id, start=s.start, end=s.end),
            _SPOKEN.get((s.speaker or "").lower(), s.speaker or "speaker"),
            s.text,
            transcript.created_at,
        )
        for s in transcript.segments
    )


def of_text(text: str, source: Citation) -> tuple[list[SourceLine], int]:
    """The lines of a transcription as text: `Speaker: words`, or just words."""
    rows = []
    for row in text.splitlines():
        name, colon, words = row.partition(":")
        spoken = bool(colon) and len(name.split()) <= 3 and name.strip().replace(" ", "").replace(".", "").isalnum()
        first = name.strip().lower().split()[0].strip(".") if spoken and name.strip() else ""
        speaker = _SPOKEN.get(first, first or "speaker") if spoken else "speaker"
        rows.append((source, speaker, words if spoken else row, None))
    return numbered(rows)


def of_note(note: ClinicalNote, context: str | None, further: list[SourceLine]) -> tuple[list[SourceLine], int]:
    """The lines suggestions are made from: the conversation behind a note, the note, and what was given with it."""
    rows: list[Any] = [(line.citation, line.speaker, line.text, line.at) for line in further]
    rows += [(Citation(kind="note", id=name), "note", text, note.updated_at) for name, text in note.sections.items()]
    if context:
        rows.append((Citation(kind="context", id="context"), "context", context, None))
    return numbered(rows)


def transcript_of_call(ctx: Context, call_id: str) -> Transcript:
    """The transcript of a call everybody agreed to have scribed. Raises `TranscriptMissing`, `ConsentRequired`."""
    transcript = ctx.unit.get(Transcript, transcript_id("calls", call_id))
    if transcript is not None and not transcript.scribe_allowed:
        raise ctx.refuse(ConsentRequired())
    if transcript is None or not (transcript.usable or transcript.state == "silent"):
        raise TranscriptMissing
    return transcript


def transcribed(ctx: Context, call_id: str) -> bool:
    """Whether there is a transcript that may be used."""
    transcript = ctx.unit.get(Transcript, transcript_id("calls", call_id))
    return transcript is not None and transcript.usable and transcript.scribe_allowed


def check_enough(ctx: Context, found: list[SourceLine]) -> None:
    """Raise `NotEnoughContent` when there is too little to write from: then no model is asked."""
    if not enough(found, ctx.settings.scribe_min_words):
        raise NotEnoughContent
