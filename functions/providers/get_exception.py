"""Get an exception with the appointments still inside it.

For the provider and administrators; each appointment with a new slot as of now.
"""

from shared.errors import NotYourSchedule, ProviderNotFound
from shared.http import Context, doctors, endpoint
from shared.scheduling.exception_models import ExceptionDetail
from shared.scheduling.exceptions import get_exception as shown
from shared.scheduling.rules import access_schedule


@endpoint(
    "GET /providers/{providerId}/exceptions/{exceptionId}",
    access=doctors,
    errors=[NotYourSchedule, ProviderNotFound],
    trips=3,
)
def get_exception(ctx: Context, providerId: str, exceptionId: str) -> ExceptionDetail:
    return shown(ctx, access_schedule(ctx, providerId), exceptionId)
