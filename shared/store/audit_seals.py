"""The seals of the audit trail: what binds its entries together, and verifying that nothing was changed since.

Once a minute one writer seals the entries that are new: `auditSeals/{number}` lists them in order with a hash of each
and a root over the list and the root before it. An entry changed, removed, inserted or moved after its seal no longer
fits the list; a changed list no longer fits its root; a changed root no longer fits the next (and the copy in the
locked bucket).

Sealing reads entries by server commit time, shard by shard, with an overlap, because commits do not become visible
in strict time order (DESIGN: no hot documents).
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from shared.store.audit import SHARDS, AuditEntry
from shared.store.document import Document, Value
from shared.store.keys import Keyring
from shared.store.query import Query
from shared.store.unit import Unit

#: How far behind the last seal the sealer looks again for commits that became visible late.
OVERLAP = timedelta(minutes=2)
#: Entries younger than this wait for the next seal.
SETTLED = timedelta(seconds=5)
#: Entries one seal document holds (about 110 bytes each; a document takes 1 MiB).
PER_SEAL = 2000


class Sealing(Value):
    """One entry as its seal remembers it."""

    id: str
    hash: str
    content: str


class AuditSeal(Document):
    """A batch of entries in the order in which they were sealed. Its id is its number, zero-padded."""

    collection = "auditSeals"

    number: int
    sealed_at: datetime
    #: Everything committed before this had been visible to the sealer.
    up_to: datetime
    previous_root: str
    entries: list[Sealing]
    root: str
    signature: str

    def expected_root(self) -> str:
        """The root that these entries and the root before give."""
        plain = self.model_dump(mode="json", by_alias=True, exclude={"root", "signature", "id"})
        return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


UNSEALED = Query("audit_unsealed", AuditEntry, equal=("shard",), order=("committedAt",))
LATEST_SEAL = Query("audit_latest_seal", AuditSeal, order=("-number",))
SEALS = Query("audit_seals", AuditSeal, order=("number",))
ENTRIES_BY_TIME = Query("audit_by_time", AuditEntry, order=("committedAt",))


def seal_id(number: int) -> str:
    """Document id of a seal."""
    return f"{number:012d}"


def seal(unit: Unit, keyring: Keyring) -> AuditSeal | None:
    """Seal up to `PER_SEAL` new entries; None when there are none. The caller commits and repeats until None.

    Two sealers at once collide on the seal's id and one of them runs again, so no entry is sealed twice.
    """
    latest = next(iter(unit.find(LATEST_SEAL, limit=1)), None)
    until = unit.now - SETTLED
    since = latest.up_to - OVERLAP if latest else None
    known = set(_recently_sealed(unit, latest, since)) if latest and since else set()
    # What the overlap brings again must not crowd out what is new.
    limit = PER_SEAL + len(known)
    shards = unit.together(
        *(unit.reading(UNSEALED, shard=shard, span=(since, until), limit=limit) for shard in range(SHARDS))
    )
    new = sorted(
        (entry for found in shards for entry in found if entry.id not in known),
        key=lambda entry: (entry.committed_at, entry.id),
    )
    if not new:
        return None
    batch = new[:PER_SEAL]
    number = latest.number + 1 if latest else 1
    # A truncated shard or batch must not push the mark past entries that were left out.
    reached = min([f[-1].committed_at for f in shards if len(f) == limit] + [until])
    if len(new) > PER_SEAL:
        reached = min(reached, batch[-1].committed_at)
    draft = AuditSeal(
        id=seal_id(number),
        number=number,
        sealed_at=unit.now,
        up_to=reached,
        previous_root=latest.root if latest else "",
        entries=[Sealing(id=e.id, hash=e.hash(), content=e.content_hash()) for e in batch],
        root="",
        signature="",
    )
    root = draft.expected_root()
    signed = draft.model_copy(update={"root": root, "signature": keyring.mac().compute_mac(root.encode()).hex()})
    return unit.create(signed)


def _recently_sealed(unit: Unit, latest: AuditSeal, since: datetime) -> Iterator[str]:
    """Ids sealed in seals whose window reaches into the overlap."""
    current: AuditSeal | None = latest
    while current is not None:
        yield from (entry.id for entry in current.entries)
        if current.up_to < since or current.number == 1:
            return
        current = unit.get(AuditSeal, seal_id(current.number - 1))


class Broken(NamedTuple):
    """The first thing that does not fit, and how."""

    kind: Literal["changed", "removed", "inserted", "moved", "seal_changed", "seal_removed"]
    entry_id: str | None
    seal: int | None


class Verdict(NamedTuple):
    """What verification found: how many sealed entries were compared, and the first that is broken."""

    entries: int
    broken: Broken | None


def verify(unit: Unit, keyring: Keyring, kept: Callable[[int], dict[int, str]] = lambda _: {}) -> Verdict:
    """Compare every sealed entry with its seal, and every entry behind the last seal's mark with being sealed.

    `kept(number)` gives the roots copied elsewhere from that seal on: they show a tail that was cut off as a whole,
    and a chain that was written anew by somebody with the key.
    """
    compared, root, number = 0, "", 0
    sealed: set[str] = set()
    latest: AuditSeal | None = None
    while True:
        seals = unit.find(SEALS, limit=20, span=(number + 1, None))
        for current in seals:
            number += 1
            if current.number != number:
                return Verdict(compared, Broken("seal_removed", None, number))
            if not _intact(current, root, keyring):
                return Verdict(compared, Broken("seal_changed", None, number))
            stored = unit.get_all(AuditEntry, [entry.id for entry in current.entries])
            for expected, entry in zip(current.entries, stored, strict=True):
                kind = _compare(expected, entry, keyring)
                if kind is not None:
                    return Verdict(compared, Broken(kind, expected.id, number))
                compared += 1
            sealed |= {entry.id for entry in current.entries}
            root, latest = current.root, current
        if len(seals) < 20:
            break
    copied = kept(number)
    if any(copy > number for copy in copied):
        return Verdict(compared, Broken("seal_removed", None, number + 1))
    if copied.get(number, root) != root:
        return Verdict(compared, Broken("seal_changed", None, number))
    inserted = _inserted(unit, sealed, latest.up_to - OVERLAP) if latest else None
    return Verdict(compared, Broken("inserted", inserted, None) if inserted else None)


def _intact(seal: AuditSeal, root: str, keyring: Keyring) -> bool:
    return (
        seal.previous_root == root
        and seal.expected_root() == seal.root
        and _signed(seal.root.encode(), seal.signature, keyring)
    )


def _compare(
    expected: Sealing, entry: AuditEntry | None, keyring: Keyring
) -> Literal["changed", "removed", "moved"] | None:
    if entry is None:
        return "removed"
    if entry.content_hash() != expected.content or not _signed(entry.canonical(), entry.signature, keyring):
        return "changed"
    return None if entry.hash() == expected.hash else "moved"


def _signed(data: bytes, signature: str, keyring: Keyring) -> bool:
    try:
        keyring.mac().verify_mac(bytes.fromhex(signature), data)
    except Exception:  # a damaged signature raises ValueError, a wrong one TinkError; both mean the same here
        return False
    return True


def _inserted(unit: Unit, sealed: set[str], before: datetime) -> str | None:
    since: datetime | None = None
    while True:
        found: list[AuditEntry] = unit.find(ENTRIES_BY_TIME, limit=500, span=(since, before))
        for entry in found:
            if entry.id not in sealed:
                return entry.id
        last = found[-1].committed_at if found else None
        if len(found) < 500 or last is None or last == since:
            return None
        since = last
