"""What became of a draft: which of its sentences the clinician signed as they were, edited, or took out.

Seen when the note is signed or thrown away, since until then anything may change again. What was flagged never stood in
the draft: it is offered as suggestions, and `shared.scribe.decisions` keeps what becomes of those.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from shared.context import Context
from shared.notes.documents import ClinicalNote
from shared.scribe.documents import Decision, Generation
from shared.scribe.lexicon import plain
from shared.scribe.sources import sentences

#: Share of words in the same order above which a sentence is another one, edited: "ibuprofen 400 mg twice a day" and
#: "ibuprofen 600 mg three times a day" share 0.6.
_EDITED: Final = 0.5


def want_draft(ctx: Context, note_id: str) -> None:
    """Ask for the ledger entry a note was drafted by, with what access to the note asks for."""
    note = ctx.unit.get(ClinicalNote, note_id)
    if note is not None and note.generation_id is not None:
        ctx.unit.want(Generation, note.generation_id)


def keep_outcome(ctx: Context, note: ClinicalNote, sections: Mapping[str, str]) -> None:
    """Enter into the ledger what became of a note's draft, of which `sections` are left; for other notes nothing."""
    generation = ctx.unit.get(Generation, note.generation_id) if note.generation_id is not None else None
    if generation is None or generation.erased:
        return
    drafted = [sentence.text for sentence in generation.sentences if not sentence.flags]
    counted = Counter(decisions(drafted, sections.values()))
    ctx.unit.update(generation, drafted={decision: counted[decision] for decision in sorted(counted)})


def decisions(drafted: Iterable[str], left: Iterable[str]) -> list[Decision]:
    """What became of each of the `drafted` sentences, by the texts that are `left`, wherever in them it stands now.

    accepted: word for word · edited: a sentence is left that shares at least half of its words · rejected: none does.
    """
    written, left = [_words(sentence) for sentence in drafted], list(left)
    whole = [f" {' '.join(_words(text))} " for text in left]
    # A sentence that stands as it was drafted is no edit of another one.
    own = [
        words
        for text in left
        for line in text.split("\n")
        for part in sentences(line)
        if (words := _words(part)) and words not in written
    ]
    return [_decision(words, whole, own) for words in written]


def _decision(words: Sequence[str], whole: Iterable[str], own: Iterable[Sequence[str]]) -> Decision:
    if any(f" {' '.join(words)} " in text for text in whole):
        return "accepted"
    return "edited" if any(_alike(words, other) for other in own) else "rejected"


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= _EDITED and matcher.quick_ratio() >= _EDITED and matcher.ratio() >= _EDITED


def _words(text: str) -> list[str]:
    return plain(text).split()
