"""Dispatching the outbox: from pending documents to tasks. See `shared.store.outbox` for what they are."""

import logging
from datetime import timedelta

from shared import metrics
from shared.context import Context
from shared.store import dispatch
from shared.store.outbox import HORIZON_DAYS, OUTBOX_DUE, OUTBOX_PENDING, OutboxEntry

log = logging.getLogger("consentmd.outbox")

#: Pending documents younger than this are still being woken by their own request.
GRACE = timedelta(seconds=30)
PER_SWEEP = 200


def dispatch_entries(ctx: Context, ids: list[str]) -> None:
    """Create the tasks of these documents and mark them sent. Raises `QueueUnavailable`: it is tried again."""
    entries = [e for e in ctx.unit.get_all(OutboxEntry, ids) if e is not None and e.state == "pending"]
    _dispatch(ctx, entries)


def sweep(ctx: Context) -> None:
    """Dispatch what has been pending for longer than `GRACE`."""
    found = ctx.unit.find(OUTBOX_PENDING, state="pending", span=(None, ctx.now - GRACE), limit=PER_SWEEP)
    if found:
        log.info("sweeping", extra={"count": len(found)})
        metrics.emit(metrics.Metric.OUTBOX_SWEPT, len(found))
    _dispatch(ctx, found)


def enqueue_due(ctx: Context) -> None:
    """Dispatch what has come within the horizon of Cloud Tasks."""
    horizon = ctx.now + timedelta(days=HORIZON_DAYS)
    _dispatch(ctx, ctx.unit.find(OUTBOX_DUE, state="deferred", span=(None, horizon), limit=PER_SWEEP))


def _dispatch(ctx: Context, entries: list[OutboxEntry]) -> None:
    for entry in entries:
        if dispatch.beyond_horizon(entry, ctx.now):
            ctx.unit.update(entry, state="deferred")
            continue
        dispatch.start(entry, ctx.settings)
        ctx.unit.update(entry, state="sent")
