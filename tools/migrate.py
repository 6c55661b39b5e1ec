"""Bring stored documents to the current schema.

    python -m tools.migrate            every collection
    python -m tools.migrate patients   one of them
    python -m tools.migrate --dry-run  only count

Resumable and idempotent: each document is rewritten under the precondition that nobody changed it meanwhile, and one
that is current already is left alone; after an interruption just run it again. Readers take the version before, so
this can run while the API serves.
"""

import argparse
import sys
from typing import Any

from shared import clients
from shared.config import settings
from shared.store.document import Document, decode, encode
from tools.manifest import documents, endpoints

PAGE = 200


def migrate(cls: type[Document], *, dry_run: bool = False) -> tuple[int, int]:
    """Rewrite what has an older schema than `cls`: (documents seen, documents rewritten)."""
    from google.api_core.exceptions import FailedPrecondition

    client, sealer = clients.firestore(), clients.sealer()
    seen = rewritten = 0
    last: Any = None
    while True:
        query = client.collection(cls.collection).order_by("__name__").limit(PAGE)
        if last is not None:
            query = query.start_after(last)
        page = list(query.stream(timeout=settings().database_timeout_seconds * 4))
        for snapshot in page:
            seen += 1
            stored = snapshot.to_dict() or {}
            if stored.get("schema", 1) >= cls.schema_version:
                continue
            rewritten += 1
            if dry_run:
                continue
            fresh = encode(decode(cls, snapshot.id, stored, sealer), sealer)
            kept = {name: stored[name] for name in cls.stamped if name in stored}
            gone = dict.fromkeys(stored.keys() - fresh.keys() - kept.keys(), _deleted())
            try:
                snapshot.reference.update(
                    {**fresh, **gone}, option=client.write_option(last_update_time=snapshot.update_time)
                )
            except FailedPrecondition:
                # Changed meanwhile, by a release that writes the current schema.
                rewritten -= 1
        if len(page) < PAGE:
            return seen, rewritten
        last = page[-1]


def _deleted() -> Any:
    from google.cloud.firestore import DELETE_FIELD

    return DELETE_FIELD


def main(arguments: list[str]) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tools.migrate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("collections", nargs="*", help="collections to migrate; all when none is named")
    parser.add_argument("--dry-run", action="store_true", help="count, change nothing")
    options = parser.parse_args(arguments)
    endpoints()  # importing every endpoint registers every document type
    known = {cls.collection: cls for cls in documents(Document)}
    if unknown := set(options.collections) - known.keys():
        parser.error(f"no collection called {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    for name in sorted(options.collections or known):
        seen, rewritten = migrate(known[name], dry_run=options.dry_run)
        print(f"{name}: {rewritten} of {seen} documents {'to rewrite' if options.dry_run else 'rewritten'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
