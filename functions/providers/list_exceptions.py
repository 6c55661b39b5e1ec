"""List a provider's exceptions.

Vacations, holidays, absences and special hours, the latest first; for the provider and administrators.
"""

from shared.errors import NotYourSchedule, ProviderNotFound
from shared.http import Context, doctors, endpoint
from shared.scheduling.exception_models import ExceptionOut
from shared.scheduling.exceptions import list_exceptions as listed
from shared.scheduling.rules import access_schedule
from shared.store.query import Page, Paging


@endpoint("GET /providers/{providerId}/exceptions", access=doctors, errors=[NotYourSchedule, ProviderNotFound], trips=2)
def list_exceptions(ctx: Context, providerId: str, query: Paging) -> Page[ExceptionOut]:
    return listed(ctx, access_schedule(ctx, providerId), query)
