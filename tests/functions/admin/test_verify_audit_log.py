from tests.client import refused
from tests.configured import configured
from tests.conftest import eventually


def verdict(api, world):
    answer = api.as_(world.admin).get("/audit-logs/verify")
    assert answer.status == 200, answer
    return answer.json


def test_an_untouched_trail_is_valid_and_a_changed_entry_is_named(api, cloud, world):
    account = world.register("Family")
    asked = {"entityId": account.id, "action": "REGISTER"}
    entry_id = api.as_(world.admin).get("/audit-logs", params=asked)["data"][0]["id"]

    def sealed():
        cloud.run_schedule("seal_audit")
        # The whole trail is gone through by each verification: not before there is something new in it.
        return _is_sealed(cloud, entry_id) and (found := verdict(api, world))["valid"] and found["entries"] and found

    # Entries settle for some seconds before they are sealed.
    found = eventually(sealed, "the registration is sealed", 60)
    assert found["firstBroken"] is None
    stored = cloud.firestore.collection("auditLogs").document(entry_id)
    before = stored.get().to_dict()
    stored.update({"userRole": "Admin"})
    try:
        found = verdict(api, world)
        assert found["firstBroken"] == {
            "kind": "changed",
            "entryId": entry_id,
            "seal": found["firstBroken"]["seal"],
        }
        assert found["valid"] is False
    finally:
        stored.update({"userRole": before["userRole"]})
    assert verdict(api, world)["valid"] is True


def _is_sealed(cloud, entry_id):
    seals = cloud.firestore.collection("auditSeals").stream()
    return any(entry_id == sealing["id"] for seal in seals for sealing in seal.to_dict()["entries"])


def test_it_is_for_administrators(api, world):
    refused(api.as_(world.doctor()).get("/audit-logs/verify"), 403, "ROLE_NOT_ALLOWED")
    refused(api.get("/audit-logs/verify"), 401, "TOKEN_MISSING")


def test_the_copies_are_part_of_the_proof(api, world):
    """Without the locked bucket's roots a trail cannot be called valid."""
    down = {"STORAGE_EMULATOR_HOST": "http://127.0.0.1:9", "STORAGE_TIMEOUT_SECONDS": "0.5"}
    with configured(**down):
        refused(api.as_(world.admin).get("/audit-logs/verify"), 503, "STORAGE_UNAVAILABLE")
