"""Get a calendar feed.

Public to whoever has its address, which is a secret (POST /users/me/calendar makes it). Entries say "Appointment" and
nothing more. 404 once it was revoked.
"""

from shared.http import Binary, Context, endpoint, public
from shared.scheduling.booking.feeds import feed_file


@endpoint("GET /calendar/{secret}.ics", access=public, trips=3, uses=["calendar"])
def get_calendar_feed(ctx: Context, secret: str) -> Binary:
    return feed_file(ctx, secret)
