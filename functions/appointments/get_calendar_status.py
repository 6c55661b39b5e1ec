"""Tell whether there is a calendar feed, and when a calendar last fetched it."""

from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.feed_models import FeedStatus
from shared.scheduling.booking.feeds import feed_status
from shared.scheduling.booking.showing import viewer_reads


@endpoint("GET /users/me/calendar", access=signed_in, trips=1, reads=viewer_reads)
def get_calendar_status(ctx: Context) -> FeedStatus:
    return feed_status(ctx)
