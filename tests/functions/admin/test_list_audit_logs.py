import pytest

from tests.client import refused

UNION = {
    "id", "timestamp", "createdAt", "userId", "userRole", "action", "entityType", "entityId", "resource", "resourceId",
    "patientIds", "changes", "status", "reason", "details", "ipAddress", "ip", "userAgent", "requestId", "signature",
}  # fmt: skip


def logs(api, world, **query):
    return api.as_(world.admin).get("/audit-logs", params=query)


def test_an_entry_is_the_union_of_the_sources(api, world):
    patient = world.patient()
    headers = {"User-Agent": "an app", "X-Request-Id": "request-0001"}
    api.as_(patient).put("/users/me", {"address": "Hidden Street 1"}, headers=headers)
    answer = logs(api, world, userId=patient.id, action="UPDATE_ME")
    assert answer.status == 200, answer
    assert answer.trips == 3
    (entry,) = answer["data"]
    assert entry.keys() == UNION
    assert (entry["userRole"], entry["status"], entry["patientIds"]) == ("Patient", "success", [patient.patient_id])
    assert (entry["userAgent"], entry["requestId"], entry["ip"]) == ("an app", "request-0001", "127.0.0.1")
    assert entry["changes"] == ["patients.address", "patients.updatedAt"]
    assert "Hidden" not in answer.response.text


def test_filters_and_pages(api, world):
    account = world.family()
    for _ in range(3):
        world.sign_in(account.email)
    rows = logs(api, world, userId=account.id, action="LOGIN", limit=2)
    assert rows["pagination"]["total"] == 3
    assert [row["timestamp"] for row in rows["data"]] == sorted((r["timestamp"] for r in rows["data"]), reverse=True)
    more = logs(api, world, userId=account.id, action="LOGIN", limit=2, cursor=rows["pagination"]["nextCursor"])
    assert len(more["data"]) == 1
    assert logs(api, world, entityType="users", entityId=account.id)["data"]
    middle = rows["data"][1]["timestamp"]
    assert len(logs(api, world, userId=account.id, action="LOGIN", to=middle)["data"]) <= 2
    assert logs(api, world, userId=account.id, **{"from": "2999-01-01T00:00:00Z"})["data"] == []


def test_reading_the_trail_leaves_a_trace(api, world):
    admin = world.new_admin()
    api.as_(admin).get("/audit-logs", params={"limit": 1})
    assert logs(api, world, userId=admin.id, action="LIST_AUDIT_LOGS")["data"]


@pytest.mark.parametrize(
    "query", [{"from": "yesterday"}, {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, {"user": "x"}]
)
def test_bad_filters_are_refused(api, world, query):
    refused(logs(api, world, **query), 400, "VALIDATION_ERROR")


def test_it_is_for_administrators(api, world):
    refused(api.as_(world.doctor()).get("/audit-logs"), 403, "ROLE_NOT_ALLOWED")
    refused(api.get("/audit-logs"), 401, "TOKEN_MISSING")
