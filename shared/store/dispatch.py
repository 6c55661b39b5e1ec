"""From outbox documents to Cloud Tasks.

`createTask` is called over REST: the gapic client costs 358 ms of import (see `shared.clients.google_http`).
"""

import base64
import hashlib
import json
import logging
from datetime import datetime, timedelta

from shared import clients, metrics, trace
from shared.config import Settings
from shared.errors import QueueUnavailable
from shared.store.outbox import DISPATCH_QUEUE, HORIZON_DAYS, JOBS, OutboxEntry

log = logging.getLogger("consentmd.outbox")

#: Waking is best effort: the sweeper finds what it misses, so a slow queue must not slow the answer.
WAKE_TIMEOUT = 2.0
CREATE_TIMEOUT = 10.0


def wake(ids: list[str], settings: Settings) -> None:
    """Ask the dispatcher to look at these outbox documents now."""
    try:
        _create("dispatch_outbox", DISPATCH_QUEUE, {"ids": ids}, settings, WAKE_TIMEOUT)
    except QueueUnavailable:
        log.warning("dispatcher not woken; the sweeper will do it", extra={"count": len(ids)})


def start(entry: OutboxEntry, settings: Settings) -> None:
    """Create the task of one outbox document. Creating it twice makes one, by its name."""
    _create(
        entry.job,
        JOBS[entry.job],
        {"id": entry.ref},
        settings,
        CREATE_TIMEOUT,
        name=hashlib.sha256(f"{entry.job}\x00{entry.dedupe_key}".encode()).hexdigest(),
        at=entry.at,
        traceparent=entry.traceparent,
    )


def beyond_horizon(entry: OutboxEntry, now: datetime) -> bool:
    """Whether the entry is further ahead than Cloud Tasks takes (30 days; we keep a margin)."""
    return entry.at is not None and entry.at > now + timedelta(days=HORIZON_DAYS)


def _create(
    target: str,
    queue: str,
    payload: dict[str, object],
    settings: Settings,
    timeout: float,
    *,
    name: str = "",
    at: datetime | None = None,
    traceparent: str = "",
) -> None:
    import requests

    parent = f"projects/{settings.google_cloud_project}/locations/{settings.cloud_tasks_location}/queues/{queue}"
    url = settings.worker_url.format(target=target, name=target.replace("_", "-"))
    headers = {"Content-Type": "application/json"}
    # The worker's log lines carry the trace of the request that asked for the work, however late it is dispatched.
    if traceparent:
        headers["traceparent"] = traceparent
    elif work := trace.current():
        headers["traceparent"] = work.trace.onward()
    task: dict[str, object] = {
        "httpRequest": {
            "url": url,
            "httpMethod": "POST",
            "headers": headers,
            "body": base64.b64encode(json.dumps(payload).encode()).decode(),
            "oidcToken": {"serviceAccountEmail": settings.tasks_service_account, "audience": url},
        }
    }
    if name:
        task["name"] = f"{parent}/tasks/{name}"
    if at is not None:
        task["scheduleTime"] = at.isoformat().replace("+00:00", "Z")
    try:
        with metrics.timed("create_task"):
            answer = clients.google_http().post(
                f"{settings.cloud_tasks_url}/v2/{parent}/tasks", json={"task": task}, timeout=timeout
            )
    except requests.RequestException as lost:
        log.warning("task not created", extra={"reason": type(lost).__name__, "job": target})
        raise QueueUnavailable from lost
    # 409: a task of this name was created before; that is what the name is for.
    if answer.status_code not in {200, 409}:
        log.warning("task not created", extra={"status": answer.status_code, "job": target})
        raise QueueUnavailable
