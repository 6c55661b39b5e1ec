"""POST /schedules/seal_audit, and what sealing makes visible.

Every test seals what the others left and tampers with entries of its own; what it broke it repairs, because one
chain serves the whole database.
"""

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from shared import clients
from shared.audit import copied_roots
from shared.config import settings
from shared.context import Context, Trail
from shared.store import audit, audit_seals
from shared.store.audit import AuditEntry
from shared.store.audit_seals import AuditSeal
from shared.store.document import new_id
from tests.client import refused

PATH = "/schedules/seal_audit"


@pytest.fixture(autouse=True)
def _settled_at_once(cloud, monkeypatch) -> None:
    """Entries are sealed five seconds after their commit; tests do not wait for that."""
    monkeypatch.setattr(audit_seals, "SETTLED", timedelta(0))
    monkeypatch.setattr(audit_seals, "OVERLAP", timedelta(seconds=2))


def entry(cloud, **fields) -> str:
    """An audit entry, as a request writes it."""
    unit = cloud.unit()
    made = AuditEntry(
        **{
            "id": new_id(), "timestamp": datetime.now(UTC), "expires_at": datetime(2040, 1, 1, tzinfo=UTC),
            "user_id": "u", "user_role": "Doctor", "action": "GET_PATIENT", "entity_type": "patients",
            "entity_id": "p", "patient_ids": ["p"], "changes": [], "status": "success", "reason": None, "details": {},
            "ip_address": None, "user_agent": None, "request_id": "r", "shard": 0,
        } | fields
    )  # fmt: skip
    unit.create(audit.sign(made, clients.keyring()))
    unit.commit()
    return made.id


def seal(api, cloud) -> None:
    assert cloud.machine(api, "schedule", "seal_audit").post(PATH).status == 204


def verdict(cloud) -> audit_seals.Verdict:
    ctx = Context(unit=cloud.unit(), settings=settings(), trail=Trail("VERIFY_AUDIT_LOG"), request_id="test")
    return audit_seals.verify(ctx.unit, clients.keyring(), lambda since: copied_roots(ctx, since))


def ref(cloud, entry_id: str):
    return cloud.firestore.collection("auditLogs").document(entry_id)


@contextmanager
def tampered(reference):
    """Whatever the block does to a document is undone behind it."""
    before = reference.get().to_dict()
    try:
        yield before
    finally:
        reference.set(before) if before else reference.delete()


def test_an_untouched_trail_is_intact(api, cloud) -> None:
    entry(cloud)
    seal(api, cloud)
    found = verdict(cloud)
    assert found.broken is None
    assert found.entries >= 1


def test_a_second_run_seals_nothing_twice(api, cloud) -> None:
    mine = entry(cloud)
    seal(api, cloud)
    seal(api, cloud)
    seals = [s.to_dict() for s in cloud.firestore.collection("auditSeals").stream()]
    assert sum(e["id"] == mine for s in seals for e in s["entries"]) == 1


def test_a_changed_entry_is_named(api, cloud) -> None:
    mine = entry(cloud)
    seal(api, cloud)
    with tampered(ref(cloud, mine)):
        ref(cloud, mine).update({"action": "NOTHING"})
        assert (verdict(cloud).broken.kind, verdict(cloud).broken.entry_id) == ("changed", mine)


def test_a_removed_entry_is_named(api, cloud) -> None:
    mine = entry(cloud)
    seal(api, cloud)
    with tampered(ref(cloud, mine)):
        ref(cloud, mine).delete()
        assert (verdict(cloud).broken.kind, verdict(cloud).broken.entry_id) == ("removed", mine)


def test_an_inserted_entry_is_named(api, cloud) -> None:
    first = entry(cloud)
    seal(api, cloud)
    forged = ref(cloud, new_id())
    with tampered(forged):
        # Dated back behind the last seal's mark, where the sealer does not look any more.
        forged.set(ref(cloud, first).get().to_dict() | {"committedAt": datetime.now(UTC) - timedelta(hours=1)})
        assert (verdict(cloud).broken.kind, verdict(cloud).broken.entry_id) == ("inserted", forged.id)


def test_a_moved_entry_is_named(api, cloud) -> None:
    mine = entry(cloud)
    seal(api, cloud)
    with tampered(ref(cloud, mine)) as before:
        ref(cloud, mine).update({"committedAt": before["committedAt"] - timedelta(days=1)})
        assert (verdict(cloud).broken.kind, verdict(cloud).broken.entry_id) == ("moved", mine)


def test_reordered_entries_break_their_seal(api, cloud) -> None:
    entry(cloud)
    entry(cloud)
    seal(api, cloud)
    last = max(cloud.firestore.collection("auditSeals").stream(), key=lambda s: s.id)
    with tampered(last.reference) as before:
        last.reference.update({"entries": before["entries"][::-1]})
        broken = verdict(cloud).broken
        assert (broken.kind, broken.seal) == ("seal_changed", before["number"])


def test_a_seal_forged_without_the_key_is_named(api, cloud) -> None:
    entry(cloud)
    seal(api, cloud)
    last = max(cloud.firestore.collection("auditSeals").stream(), key=lambda s: s.id)
    with tampered(last.reference) as before:
        forged = audit_seals.AuditSeal.model_validate({**before, "id": last.id, "entries": []})
        last.reference.update({"entries": [], "root": forged.expected_root()})
        assert verdict(cloud).broken.kind == "seal_changed"


def test_a_removed_seal_is_named(api, cloud) -> None:
    entry(cloud)
    seal(api, cloud)
    entry(cloud)
    seal(api, cloud)
    first = min(cloud.firestore.collection("auditSeals").stream(), key=lambda s: s.id)
    with tampered(first.reference):
        first.reference.delete()
        assert verdict(cloud).broken.kind == "seal_removed"


def test_a_tail_cut_off_as_a_whole_is_named_by_the_copied_roots(api, cloud) -> None:
    entry(cloud)
    seal(api, cloud)
    mine = entry(cloud)
    seal(api, cloud)
    last = max(cloud.firestore.collection("auditSeals").stream(), key=lambda s: s.id)
    assert mine in {e["id"] for e in last.to_dict()["entries"]}
    with tampered(last.reference) as before, tampered(ref(cloud, mine)):
        last.reference.delete()
        ref(cloud, mine).delete()
        broken = verdict(cloud).broken
        assert (broken.kind, broken.seal) == ("seal_removed", before["number"])


def test_a_root_written_anew_with_the_key_is_named_by_its_copy(api, cloud) -> None:
    mine = entry(cloud)
    seal(api, cloud)
    last = max(cloud.firestore.collection("auditSeals").stream(), key=lambda s: s.id)
    with tampered(last.reference) as before, tampered(ref(cloud, mine)):
        ref(cloud, mine).delete()
        rest = [e for e in before["entries"] if e["id"] != mine]
        forged = AuditSeal.model_validate({**before, "id": last.id, "entries": rest})
        root = forged.expected_root()
        signature = clients.keyring().mac().compute_mac(root.encode()).hex()
        last.reference.update({"entries": rest, "root": root, "signature": signature})
        broken = verdict(cloud).broken
        assert (broken.kind, broken.seal) == ("seal_changed", before["number"])


def test_each_root_is_copied_to_the_audit_bucket(api, cloud) -> None:
    entry(cloud)
    seal(api, cloud)
    last = max(cloud.firestore.collection("auditSeals").stream(), key=lambda s: s.id).to_dict()
    blob = clients.storage().bucket("consentmd-local-audit").blob(f"roots/{audit_seals.seal_id(last['number'])}.json")
    assert json.loads(blob.download_as_text())["root"] == last["root"]


def test_a_seal_takes_what_is_new_in_bounded_parts(api, cloud, monkeypatch) -> None:
    monkeypatch.setattr(audit_seals, "PER_SEAL", 3)
    mine = {entry(cloud) for _ in range(8)}
    seal(api, cloud)
    seals = [s.to_dict() for s in cloud.firestore.collection("auditSeals").stream()]
    sealed = [e["id"] for s in seals for e in s["entries"]]
    assert mine <= set(sealed)
    assert len(sealed) == len(set(sealed))
    assert verdict(cloud).broken is None


def test_nobody_but_the_scheduler_may_call(api) -> None:
    refused(api.post(PATH), 401, "TOKEN_MISSING")


def test_the_seal_is_read_back_as_it_was_written(api, cloud) -> None:
    entry(cloud)
    seal(api, cloud)
    last = max(cloud.firestore.collection("auditSeals").stream(), key=lambda s: s.id)
    stored = cloud.unit().get(AuditSeal, last.id)
    assert stored.expected_root() == stored.root
