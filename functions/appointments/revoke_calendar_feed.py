"""Revoke one's calendar feed.

Its address stops working at once.
"""

from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.feeds import end_feed
from shared.scheduling.booking.showing import viewer_reads


@endpoint("DELETE /users/me/calendar", access=signed_in, reads=viewer_reads)
def revoke_calendar_feed(ctx: Context) -> None:
    end_feed(ctx)
