"""List the caller's calls, latest first.

Those that are over. `type`, `direction` (`missed`: incoming ones nobody answered), `status`, `from` and `to` choose.
With `patientId`, the calls about that patient, for those with access to the record.
"""

from shared.calls.log_models import CallList, LogOut
from shared.calls.logs import listed, named
from shared.errors import NotFound, ScopeNotGranted
from shared.http import Context, endpoint, signed_in
from shared.store.query import Page


@endpoint("GET /call-logs", access=signed_in, errors=[NotFound, ScopeNotGranted], reads_by_input=named, trips=3)
def list_call_logs(ctx: Context, query: CallList) -> Page[LogOut]:
    return listed(ctx, query)
