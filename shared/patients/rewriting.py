"""Copies of a patient in their relationships, brought up to date after a change of name, MRN, birthday or number."""

from datetime import timedelta

from shared.context import Context
from shared.patients.documents import EVERY_RELATION, Patient
from shared.patients.relationships import listed
from shared.store.query import Paging
from shared.users.documents import User

#: Relationships one commit rewrites.
PER_COMMIT = 100

#: Whoever was booking when a name changed has done so by then.
_SETTLED = timedelta(seconds=10)


def rewrite_appointments(ctx: Context, patient_id: str) -> None:
    """Have the patient's appointments show the name as it is now."""
    ctx.enqueue("rewrite_appointments", f"p:{patient_id}", at=ctx.now + _SETTLED)


def rewrite(ctx: Context, patient_id: str) -> None:
    """Rewrite every copy, one commit a page; safe to repeat, since what is right already is not written.

    Wants a transactional unit: each page rests on the record as it is when the page is written, so that of two runs
    after two changes the slower cannot bring the first change back. An account's name goes to its record first.
    """
    cursor: str | None = None
    while True:
        ctx.unit.forget(Patient, patient_id)
        patient = ctx.unit.get(Patient, patient_id)
        if patient is None:
            return
        user = None
        if patient.user_id is not None:
            ctx.unit.forget(User, patient.user_id)
            user = ctx.unit.get(User, patient.user_id)
        if user is not None and user.name != patient.name:
            patient = ctx.unit.update(patient, name=user.name, updated_at=ctx.now)
            rewrite_appointments(ctx, patient_id)
        page = ctx.unit.page(EVERY_RELATION, Paging(page=1, limit=PER_COMMIT, cursor=cursor), patientId=patient_id)
        for relation in page.data:
            ctx.unit.update(relation, **listed(patient))
        ctx.commit()
        cursor = page.pagination.next_cursor
        if cursor is None:
            return
