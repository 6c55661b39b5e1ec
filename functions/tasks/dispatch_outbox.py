"""Turn outbox documents into Cloud Tasks.

Woken after each commit with the ids of its documents. Safe to repeat: a task is named after its document's dedupe
key. What is more than 25 days ahead stays pending for `enqueue_due` (Cloud Tasks takes 30 days).
"""

from shared.http import Context, Model, endpoint, workers
from shared.outbox import dispatch_entries


class Wake(Model):
    """Which documents to look at."""

    ids: list[str]


@endpoint(access=workers, kind="task", queue="outbox", trips=2)
def dispatch_outbox(ctx: Context, body: Wake) -> None:
    dispatch_entries(ctx, body.ids)
