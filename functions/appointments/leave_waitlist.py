"""Leave a waitlist.

A slot that is being offered goes to who is next.
"""

from shared.http import Context, endpoint, patient_admins
from shared.scheduling.booking.waitlist import leave


@endpoint("DELETE /waitlist/{entryId}", access=patient_admins)
def leave_waitlist(ctx: Context, entryId: str) -> None:
    leave(ctx, entryId)
