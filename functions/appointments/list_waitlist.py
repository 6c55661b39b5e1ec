"""List one's places on waitlists, with what is offered."""

from shared.http import Context, endpoint, patient_admins
from shared.scheduling.booking.waitlist import mine
from shared.scheduling.booking.waitlist_models import WaitlistOut
from shared.store.query import Page, Paging


@endpoint("GET /waitlist", access=patient_admins, trips=3)
def list_waitlist(ctx: Context, query: Paging) -> Page[WaitlistOut]:
    return mine(ctx, query)
