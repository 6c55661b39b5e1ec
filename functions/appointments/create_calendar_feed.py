"""Make a calendar feed of one's own appointments.

Answers its address, this once; one made before stops working.
"""

from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.feed_models import FeedOut
from shared.scheduling.booking.feeds import make_feed


@endpoint("POST /users/me/calendar", access=signed_in, status=201, idempotent=False)
def create_calendar_feed(ctx: Context) -> FeedOut:
    return make_feed(ctx)
