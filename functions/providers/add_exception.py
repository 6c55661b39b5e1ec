"""Make an exception to a provider's hours.

By the provider or an administrator. `from` and `to` are dates (whole days, both included), wall times of the
provider's zone, or instants. `affected` are the appointments inside, each with a new slot if there is one in the 30
days after: they stand as booked until POST …/rebook. With `emergency` their patients are told at once.
"""

from shared.errors import NotYourSchedule, ProviderNotFound
from shared.http import Context, doctors, endpoint
from shared.scheduling.exception_models import ExceptionDetail, ExceptionIn
from shared.scheduling.exceptions import add_exception as made
from shared.scheduling.rules import access_schedule


@endpoint(
    "POST /providers/{providerId}/exceptions",
    access=doctors,
    status=201,
    errors=[NotYourSchedule, ProviderNotFound],
    trips=3,
)
def add_exception(ctx: Context, providerId: str, body: ExceptionIn) -> ExceptionDetail:
    return made(ctx, access_schedule(ctx, providerId), body)
