"""Take an exception back.

By the provider or an administrator; the usual hours count again. Appointments that were moved stay where they are.
"""

from shared.errors import NotYourSchedule, ProviderNotFound
from shared.http import Context, doctors, endpoint
from shared.scheduling.exceptions import remove_exception as taken_back
from shared.scheduling.rules import access_schedule


@endpoint(
    "DELETE /providers/{providerId}/exceptions/{exceptionId}",
    access=doctors,
    status=204,
    errors=[NotYourSchedule, ProviderNotFound],
    trips=2,
)
def remove_exception(ctx: Context, providerId: str, exceptionId: str) -> None:
    taken_back(ctx, access_schedule(ctx, providerId), exceptionId)
