"""List doctors and nurses by the state of their verification, newest first.

For administrators. Source: seed 002, L31.
"""

from shared.http import Context, admins, endpoint
from shared.store.query import Page
from shared.users import administration
from shared.users.administration import ClinicianFilter
from shared.users.models import AccountOut


@endpoint("GET /admin/clinicians", access=admins, trips=3)
def list_clinicians(ctx: Context, query: ClinicianFilter) -> Page[AccountOut]:
    return administration.list_clinicians(ctx, query)
