"""Give a held slot back."""

from shared.http import Context, endpoint, patient_admins
from shared.scheduling.booking.making import let_go


@endpoint("DELETE /holds/{holdId}", access=patient_admins, trips=3)
def release_hold(ctx: Context, holdId: str) -> None:
    let_go(ctx, holdId)
