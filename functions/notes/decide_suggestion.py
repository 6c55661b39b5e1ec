"""Accept, edit or reject a suggestion of the scribe.

Without a body it is accepted as it is and added to its section. One that does not fit what was said (it has `flags`) is
not accepted like that: send `{"action": "edit", "text": …}` with your own words, or `{"action": "reject"}`. Each is
decided once; a signed note takes none.
"""

from shared.errors import AlreadyDone, NoteSigned, StaleRecord, SuggestionNotSupported
from shared.http import Context, clinicians, endpoint
from shared.scribe.decisions import decide
from shared.scribe.models import Decide, Decided


@endpoint(
    "POST /clinical-notes/{noteId}/accept-suggestion/{suggestionId}",
    "POST /clinical-notes/{noteId}/suggestions/{suggestionId}",
    access=clinicians,
    trips=3,
    errors=[NoteSigned, AlreadyDone, StaleRecord, SuggestionNotSupported],
)
def decide_suggestion(ctx: Context, noteId: str, suggestionId: str, body: Decide | None) -> Decided:
    return decide(ctx, noteId, suggestionId, body)
