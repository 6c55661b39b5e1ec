"""Agree to a call's being recorded or scribed, or take that back.

`recording` and `scribe` are each true, false or left out. Taken back, recording stops at once, and what was made of the
call is erased: recordings, transcripts and unsigned drafts; signed notes stay. A patient's agreement is an entry of
their consents as well. 409 CALL_BY_MEET for a visit by Google Meet, of which nothing is recorded here.
"""

from shared.calls.consenting import consent
from shared.calls.recording_models import CallConsent, ConsentsOut
from shared.errors import CallByMeet
from shared.http import Context, endpoint, signed_in


@endpoint("POST /calls/{callId}/consent", access=signed_in, errors=[CallByMeet], trips=3)
def consent_to_call(ctx: Context, callId: str, body: CallConsent) -> ConsentsOut:
    return consent(ctx, callId, body)
