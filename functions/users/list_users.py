"""List accounts, newest first.

For administrators. `search` takes words of a name, each from two letters on, or a whole e-mail address; with several
words the newest 200 accounts that fit the longest are looked through. Sources: seeds 000 §2.2, 003 §12.
"""

from shared.http import Context, admins, endpoint
from shared.store.query import Page
from shared.users import administration
from shared.users.administration import UserFilter
from shared.users.models import AccountOut


@endpoint("GET /users", access=admins, trips=3)
def list_users(ctx: Context, query: UserFilter) -> Page[AccountOut]:
    return administration.list_users(ctx, query)
