"""Whether everything that requests depend on answers: the database, the file store, the keys.

What fails is named, and why is in the log by the kind of error only: whoever asks is nobody in particular.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Final

from shared import clients, metrics
from shared.config import path
from shared.context import Context
from shared.errors import Detail, NotReady
from shared.http.answers import Out
from shared.store.keys import AUDIT, INDEX, KEYSETS, KeysetError, keyset_file
from shared.store.unit import UniqueKey

log = logging.getLogger("consentmd.readiness")


class Readiness(Out):
    """What was asked and answered."""

    status: str
    dependencies: list[str]


def confirm(ctx: Context) -> Readiness:
    """Ask every dependency at the same time. Raises `NotReady` with one detail for each that does not answer."""
    with ThreadPoolExecutor(len(PROBES)) as pool:
        asked = {name: pool.submit(copy_context().run, _answers, name, ctx) for name in PROBES}
    down = [name for name, answer in asked.items() if not answer.result()]
    if down:
        raise NotReady(details=[Detail(name, "does not answer") for name in down])
    return Readiness(status="ready", dependencies=list(PROBES))


def _answers(name: str, ctx: Context) -> bool:
    try:
        PROBES[name](ctx)
    except Exception as failed:  # whatever it is, every request would fail the same way
        log.warning("dependency down", extra={"kind": name, "reason": type(failed).__name__})
        return False
    return True


def _firestore(ctx: Context) -> None:
    # Any document will do, and one that is not there costs the same.
    ctx.unit.get(UniqueKey, "readiness")


def _storage(ctx: Context) -> None:
    blob = clients.storage().bucket(ctx.settings.uploads_bucket).blob("readiness")
    with metrics.timed("storage"):
        # No retry: a probe that is patient answers too late to be of use.
        blob.exists(timeout=ctx.settings.database_timeout_seconds, retry=None)


def _keysets(ctx: Context) -> None:
    """Unwrap each keyset this function was given; the domains' own are tried by the functions that use them."""
    ring = clients.keyring()
    given = [name for name in KEYSETS if keyset_file(path(ctx.settings.keyset_dir), name).exists()]
    if not given:
        raise KeysetError("There is no keyset in KEYSET_DIR.")
    for name in given:
        if name == INDEX:
            ring.prf()
        elif name == AUDIT:
            ring.mac()
        else:
            ring.aead(name)


PROBES: Final[Mapping[str, Callable[[Context], None]]] = {
    "firestore": _firestore,
    "storage": _storage,
    "keysets": _keysets,
}
