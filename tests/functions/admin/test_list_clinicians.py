import pytest

from tests.client import refused


def test_those_who_wait_are_listed_newest_first(api, world):
    made = [world.clinician(role, approved=False).id for role in ("Doctor", "Nurse")]
    answer = api.as_(world.admin).get("/admin/clinicians", params={"limit": 2})
    assert answer.status == 200, answer
    assert [row["id"] for row in answer["data"]] == made[::-1]
    assert {row["verification"] for row in answer["data"]} == {"pending"}
    assert answer.trips == 3


@pytest.mark.parametrize(("decision", "status"), [("approve", "approved"), ("reject", "rejected")])
def test_by_state(api, world, decision, status):
    doctor, admin = world.clinician(approved=False), api.as_(world.admin)
    admin.post(f"/admin/users/{doctor.id}/verify", {"decision": decision, "reason": "Checked."})
    assert admin.get("/admin/clinicians", params={"status": status})["data"][0]["id"] == doctor.id
    waiting = admin.get("/admin/clinicians", params={"limit": 100})["data"]
    assert doctor.id not in {row["id"] for row in waiting}


def test_it_is_for_administrators(api, world):
    refused(api.as_(world.doctor()).get("/admin/clinicians"), 403, "ROLE_NOT_ALLOWED")
    refused(api.get("/admin/clinicians"), 401, "TOKEN_MISSING")
    refused(api.as_(world.admin).get("/admin/clinicians", params={"status": "none"}), 400, "VALIDATION_ERROR")
