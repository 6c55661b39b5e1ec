"""Set the practice's terms of cancelling.

Tiers of hours before the visit and the share of the price that is kept; nearer than the last tier, all of it. Holds for
what is booked from now on.
"""

from shared.http import Context, admins, endpoint
from shared.scheduling.booking.cancelling_models import PolicyIn, PolicyOut
from shared.scheduling.booking.terms_of_cancelling import policy_reads, set_policy


@endpoint("PUT /cancellation-policy", access=admins, reads=policy_reads)
def set_cancellation_policy(ctx: Context, body: PolicyIn) -> PolicyOut:
    return set_policy(ctx, body)
