"""Bring stored documents to the current schema.

    python -m tools.migrate            every collection
    python -m tools.migrate patients   one of them
    python -m tools.migrate --dry-run  only count

A collection that follows from others (`DERIVED`) is brought up to date from those as well: providers verified before
there was a directory get their entry (`providerCards`).

Resumable and idempotent: each document is rewritten under the precondition that nobody changed it meanwhile, and one
that is current already is left alone; after an interruption just run it again. Readers take the version before, so
this can run while the API serves.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from shared import clients
from shared.config import settings
from shared.context import Context, Trail
from shared.store.document import Document, decode, encode, new_id
from shared.store.unit import Unit
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


def fill_directory(*, dry_run: bool = False) -> tuple[int, int]:
    """Make the profile and directory entry of who practises and has none: (accounts seen, entries made)."""
    from shared.scheduling.profiles import ProviderProfile
    from shared.users.documents import Role, User

    client = clients.firestore()
    seen = made = 0
    last: Any = None
    while True:
        query = client.collection(User.collection).order_by("__name__").limit(PAGE)
        if last is not None:
            query = query.start_after(last)
        page = list(query.stream(timeout=settings().database_timeout_seconds * 4))
        seen += len(page)
        doctors = [s.id for s in page if s.get("role") == Role.DOCTOR.value and s.get("verification") == "approved"]
        profiles = _context().unit.get_all(ProviderProfile, doctors)
        for provider_id, profile in zip(doctors, profiles, strict=True):
            if profile is None or profile.card_id is None:
                made += _enter(provider_id, dry_run=dry_run)
        if len(page) < PAGE:
            return seen, made
        last = page[-1]


def _enter(provider_id: str, *, dry_run: bool) -> bool:
    """Make a directory entry, unless the provider has one by now or does not practise."""
    from shared.scheduling.directory import refresh
    from shared.scheduling.profiles import ProviderProfile
    from shared.store.unit import Conflicted

    while True:
        ctx = _context()
        refresh(ctx, provider_id)
        profile = ctx.unit.get(ProviderProfile, provider_id)
        if profile is None or profile.card_id is None:
            return False
        if dry_run:
            return True
        try:
            ctx.commit()
        except Conflicted:
            continue  # the worker was at it as well
        return True


def _context() -> Context:
    config = settings()
    unit = Unit(connect=clients.firestore, unlock=clients.sealer, timeout=config.database_timeout_seconds)
    return Context(unit=unit, settings=config, trail=Trail(action="MIGRATE"), request_id=new_id())


#: Collections that are made from others.
DERIVED: dict[str, Callable[..., tuple[int, int]]] = {"providerCards": fill_directory}


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
        if derive := DERIVED.get(name):
            seen, made = derive(dry_run=options.dry_run)
            print(f"{name}: {made} {'to make' if options.dry_run else 'made'} of {seen} documents")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
