"""Get the practice's terms of cancelling.

Appointments keep those they were booked under.
"""

from shared.http import Context, endpoint, signed_in
from shared.scheduling.booking.cancelling_models import PolicyOut
from shared.scheduling.booking.terms_of_cancelling import policy, policy_reads


@endpoint("GET /cancellation-policy", access=signed_in, trips=1, reads=policy_reads)
def get_cancellation_policy(ctx: Context) -> PolicyOut:
    return policy(ctx)
