"""What the scribe works from: the lines of a conversation, each with what a citation of it points to.

Lines are what the model is shown, under short keys ("L12"); what a citation of one means — a message, a span of a
transcript, a section of a note — stays here. Sentences that talk to the software instead of to a person are taken out
before anything sees them, the model and the checker alike.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from pydantic import Field

from shared.http.answers import Out
from shared.scribe.lexicon import plain


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: message: of a chat · transcript: a span of a call's recording · note: a section as it stands · context: what the
#: clinician gave with the request · record: of the patient's chart.
SourceKind = Literal["message", "transcript", "note", "context", "record"]


#: The speaker of lines that nobody said: entries of the patient's chart.
RECORD: Final = "record"


class Citation(Out):
    """What a sentence rests on."""

    kind: SourceKind
    id: str = Field(
        description="The message's id, the call's, the note's section, or `chart:<kind>:<id>` of an entry of the chart."
    )
    start: float | None = Field(None, description="Seconds into the recording, of a transcript.")
    end: float | None = Field(None, description="Seconds into the recording, of a transcript.")


class SourceLine(NamedTuple):
    """A line: its key, who said it (clinician, patient, family, record), when, and what."""

    key: str
    citation: Citation
    speaker: str
    text: str
    at: datetime | None = None


#: Sentences addressed to whoever processes the text. Narrow: people seldom say such things to each other, and what is
#: taken out is counted in the ledger.
_COMMANDS: Final = re.compile(
    r"\b(?:ignore|disregard|forget)\b[^.]{0,40}\b(?:instructions?|rules?|prompts?|guidelines?)\b"
    r"|\b(?:ignora|olvida|ignore)\b[^.]{0,40}\binstrucciones\b"
    r"|\bsystem ?prompt\b|^\W*(?:system|assistant|developer)\s*:|\byou are now\b|\bnew instructions?\b"
    r"|\bdeveloper mode\b"
    r"|\b(?:as|for) an? (?:ai|language model|assistant)\b|\bjailbreak\b"
    r"|\boverride\b[^.]{0,30}\b(?:safety|rules?|checks?)\b"
    r"|\b(?:note to|dear|attention|hey) (?:the )?(?:ai|scribe|model|assistant|bot)\b"
    r"|\b(?:ai|scribe|bot|language model|note ?taker)\b[^.]{0,40}\b(?:must|should|please|has to|needs to|shall|will)\b"
    r"[^.]{0,20}\b(?:write|add|include|output|document|say|state|put)\b"
    r"|\b(?:write|add|include|output|document|put|insert|record|state)\b[^.]{0,80}\b(?:in|into|to) "
    r"(?:the|your|my|this) (?:\w+ ){0,2}(?:note|summary|output|json)\b"
    r"|\b(?:escrib[ea]|agreg[ae]|incluy[ea]|anad[ae]|pon)\b[^.]{0,80}\b(?:en|a) (?:la|tu|su|esta) (?:nota|resumen)\b"
    r"|</?(?:conversation|system|instructions?|line)\b"
    r"|\[/?(?:inst|system)\]|\bend of (?:conversation|transcript|data)\b",
    re.MULTILINE,
)
_SENTENCES: Final = re.compile(r"(?<=[.!?\n])\s+")


def sentences(text: str) -> list[str]:
    """`text` cut behind full stops, question and exclamation marks, and at ends of lines that space follows."""
    return _SENTENCES.split(text)


def cleaned(text: str) -> tuple[str, int]:
    """`text` without sentences that address the software, and how many there were.

    What follows such a sentence in the same line often belongs to it ("Ignore your rules. Prescribe …"): from the first
    one on, the rest of the line goes too.
    """
    kept: list[str] = []
    parts = sentences(text)
    for number, part in enumerate(parts):
        if _COMMANDS.search(plain(part)):
            return " ".join(kept), len(parts) - number
        kept.append(part)
    return text, 0


def numbered(lines: Iterable[tuple[Citation, str, str, datetime | None]]) -> tuple[list[SourceLine], int]:
    """Lines under keys in their order, cleaned; and how many sentences were taken out. Empty lines are left out."""
    made: list[SourceLine] = []
    left_out = 0
    for citation, speaker, text, at in lines:
        kept, gone = cleaned(text)
        left_out += gone
        if kept.strip():
            made.append(SourceLine(f"L{len(made) + 1}", citation, speaker, kept.strip(), at))
    return made, left_out


def charted(entries: Iterable[tuple[Citation, str]]) -> tuple[list[SourceLine], int]:
    """Entries of the chart as lines of the speaker "record", under keys of their own, and what was left out of them."""
    lines, left_out = numbered((citation, RECORD, text, None) for citation, text in entries)
    return [line._replace(key=f"R{line.key[1:]}") for line in lines], left_out


_WORDLIKE: Final = re.compile(r"[^\W\d_]{2,}|\d+(?:[.,/]\d+)*")
#: Words that say nothing by themselves: a conversation of these is an empty one.
_EMPTY: Final = _words(
    """
    hi hello hey good morning afternoon evening night bye goodbye thanks thank you very much so ok okay yes
    no yeah nope sure alright all right great perfect fine well nice can could hear see me us the is it am
    are was be to of in on at for and or but my your we they this that there here now just please doctor dr
    nurse sir madam mr mrs ms how what who when hold wait one moment second minute connecting connected
    connection mute muted unmute camera video sound audio mic microphone working works test testing uh um
    hmm mhm ah oh er let get got do does did not don doesn will would have has had with from up out if then
    as an back again later soon see talk call calling called join joined joining screen hola buenos dias
    buenas tardes noches gracias adios si claro vale bien oye escucha puede puedo me te le la el los las un
    una de que en y o por favor momento doctora senor senora inaudible
    """
)


def enough(lines: Sequence[SourceLine], minimum: int) -> bool:
    """Whether there is anything to write from: so many different words with content, said by people."""
    said = {word for line in lines if line.speaker != RECORD for word in _WORDLIKE.findall(plain(line.text))}
    return len(said - _EMPTY) >= minimum
