"""Tell whether there is a calendar feed, and when a calendar last fetched it."""

from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.calendar import feed_status
from shared.scheduling.booking.listing import viewer_reads
from shared.scheduling.booking.models import FeedStatus


@endpoint("GET /users/me/calendar", access=signed_in, trips=1, reads=viewer_reads)
def get_calendar_status(ctx: Context) -> FeedStatus:
    return feed_status(ctx)
