"""POST /admin/legal-holds."""

import pytest

from shared.store.document import new_id
from tests.client import refused

PATH = "/admin/legal-holds"


def test_a_hold_once_per_subject(api, world, cloud) -> None:
    admin, patient = api.as_(world.admin), world.patient()
    body = {"patientId": patient.patient_id, "reason": "Subpoena Xanthous"}
    placed = admin.post(PATH, body)
    assert (placed.status, placed["active"], placed["reason"]) == (201, True, "Subpoena Xanthous")
    assert (placed["subjectKind"], placed["subjectId"]) == ("patients", patient.patient_id)
    assert placed.trips <= 3
    assert "Xanthous" not in repr(cloud.firestore.collection("legalHolds").document(placed["id"]).get().to_dict())
    refused(admin.post(PATH, body), 409, "ALREADY_DONE")
    assert admin.delete(f"{PATH}/{placed['id']}").status == 200
    again = admin.post(PATH, body | {"reason": "Another"})
    assert (again.status, again["id"], again["reason"]) == (201, placed["id"], "Another")
    log = api.as_(patient).get(f"/patients/{patient.patient_id}/access-log")
    assert world.admin.id in {entry["userId"] for entry in log["data"]}


def test_a_replay_by_key(api, world) -> None:
    body, key = {"chatId": new_id(), "reason": "Audit"}, {"Idempotency-Key": "hold-1"}
    one = api.as_(world.admin).post(PATH, body, headers=key)
    assert api.as_(world.admin).post(PATH, body, headers=key).json == one.json


@pytest.mark.parametrize(
    "body", [{"reason": "nothing held"}, {"patientId": "x", "reason": "yes"}, {"chatId": None, "reason": "yes"}]
)
def test_what_is_no_hold(api, world, body) -> None:
    refused(api.as_(world.admin).post(PATH, body), 400, "VALIDATION_ERROR")


def test_nobody_else(api, world) -> None:
    refused(api.as_(world.doctor()).post(PATH, {"chatId": new_id(), "reason": "yes"}), 403, "ROLE_NOT_ALLOWED")
