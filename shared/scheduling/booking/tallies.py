"""How many appointments of each status everybody has: added to by the commit that changes one."""

from shared.context import Context
from shared.scheduling.booking.documents import Appointment, Status
from shared.tallies import Tally


def count(ctx: Context, appointment: Appointment, before: Status | None, after: Status) -> None:
    """Note that an appointment went from one status to another, for the patient's record and all its staff."""
    if before is after:
        return
    by = {after.value: 1, **({before.value: -1} if before is not None else {})}
    for owner_id in (appointment.patient_id, *appointment.people):
        ctx.unit.bump(Tally, owner_id, **by)
