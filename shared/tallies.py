"""Figures of dashboards: kept by the commits that change them, so that nobody counts.

`tallies/{id}`: of a member of staff by user id, of a patient by the record's id. Added to with `Unit.bump`, which reads
nothing and conflicts with nobody; a figure nobody has added to is 0.
"""

from shared.store.document import Document


class Tally(Document):
    """How many appointments of each status somebody has, and how many patients."""

    collection = "tallies"

    pending: int = 0
    scheduled: int = 0
    confirmed: int = 0
    checked_in: int = 0
    completed: int = 0
    cancelled: int = 0
    no_show: int = 0
    #: Patients a user has a relationship with.
    clients: int = 0

    @property
    def open(self) -> int:
        """Appointments still to come or going on."""
        return self.pending + self.scheduled + self.confirmed + self.checked_in
