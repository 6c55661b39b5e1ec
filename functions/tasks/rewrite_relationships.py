"""Bring the copies of a patient in their relationships up to date.

Started when a name, MRN, birthday or telephone number changes. Safe to repeat: what is right already is not written.
"""

from shared.http import Context, endpoint, workers
from shared.jobs import JobRef
from shared.patients.rewriting import rewrite


@endpoint(access=workers, kind="task", queue="maintenance", transactional=True, trips=None)
def rewrite_relationships(ctx: Context, body: JobRef) -> None:
    rewrite(ctx, body.id)
