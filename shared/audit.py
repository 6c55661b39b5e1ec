"""Sealing, as the scheduled function runs it."""

import json
import logging
from typing import TYPE_CHECKING

from shared import clients, metrics
from shared.context import Context
from shared.errors import StorageUnavailable
from shared.files import bounded
from shared.store import audit_seals

if TYPE_CHECKING:
    from google.api_core.exceptions import Forbidden

log = logging.getLogger("consentmd.audit")

#: Seals one run makes at most; the next run goes on.
PER_RUN = 50


def seal_new(ctx: Context) -> None:
    """Seal what is new, one commit a seal, each root copied to the locked bucket before it counts as copied."""
    for _ in range(PER_RUN):
        made = audit_seals.seal(ctx.unit, clients.keyring())
        if made is None:
            return
        ctx.unit.commit()
        log.info("sealed", extra={"count": len(made.entries), "seal": made.number})
        metrics.emit(metrics.Metric.AUDIT_SEALED, len(made.entries))
        if ctx.settings.audit_bucket:
            copy_root(ctx, made)


def copied_roots(ctx: Context, since: int) -> dict[int, str]:
    """Roots in the locked bucket from seal number `since` on; nothing where there is no such bucket."""
    from google.api_core.exceptions import GoogleAPIError

    if not ctx.settings.audit_bucket:
        return {}
    bucket, retry = clients.storage().bucket(ctx.settings.audit_bucket), bounded(ctx.settings)
    try:
        # Two are enough: the last sealed one, and whether there is one behind it.
        blobs = list(
            bucket.list_blobs(
                prefix="roots/",
                start_offset=f"roots/{audit_seals.seal_id(since)}",
                max_results=2,
                timeout=10,
                retry=retry,
            )
        )
        texts = [json.loads(blob.download_as_bytes(timeout=10, retry=retry)) for blob in blobs]
    except GoogleAPIError as lost:
        raise StorageUnavailable from lost
    return {text["number"]: text["root"] for text in texts}


def copy_root(ctx: Context, seal: audit_seals.AuditSeal) -> None:
    """Copy a seal's root to the locked bucket, where it stays as it is once it is there.

    Raises `StorageUnavailable`.
    """
    from google.api_core.exceptions import Forbidden, GoogleAPIError, PreconditionFailed

    blob = clients.storage().bucket(ctx.settings.audit_bucket).blob(f"roots/{seal.id}.json")
    text = json.dumps({"number": seal.number, "root": seal.root, "signature": seal.signature})
    try:
        blob.upload_from_string(
            text, content_type="application/json", if_generation_match=0, timeout=10, retry=bounded(ctx.settings)
        )
    except PreconditionFailed:
        log.info("root was copied before", extra={"seal": seal.number})
    except Forbidden as refused:
        if not _would_replace(refused):
            raise StorageUnavailable from refused
        log.info("root was copied before", extra={"seal": seal.number})
    except GoogleAPIError as lost:
        raise StorageUnavailable from lost


def _would_replace(refused: "Forbidden") -> bool:
    """Whether an upload was refused because the object is there already.

    Cloud Storage does not say whether it looks at a precondition or at permissions first. Who replaces an object needs
    `storage.objects.delete`, which the account has not, and a retention policy forbids it to everybody: both refusals
    come for an object that is there, and for no other.
    """
    # Of an upload the SDK keeps the answer's text only.
    said = str(refused)
    return "storage.objects.delete" in said or "retentionPolicyNotMet" in said
