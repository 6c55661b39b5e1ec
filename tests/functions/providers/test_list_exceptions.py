"""GET /providers/{providerId}/exceptions."""

import uuid

from tests.client import refused


def test_the_latest_first(api, doctor) -> None:
    me, path = api.as_(doctor), f"/providers/{doctor.id}/exceptions"
    for day in ("2030-03-01", "2030-05-01", "2030-04-01"):
        assert me.post(path, {"from": day, "to": day, "kind": "holiday", "reason": day}).status == 201
    answer = me.get(path, params={"limit": 2})
    assert (answer.status, answer.trips, answer["pagination"]["total"]) == (200, 2, 3)
    assert [row["reason"] for row in answer["data"]] == ["2030-05-01", "2030-04-01"]
    assert "affected" not in answer["data"][0]


def test_nobody_else(api, practice) -> None:
    path = f"{practice.path}/exceptions"
    refused(api.as_(practice.other).get(path), 403, "NOT_YOUR_SCHEDULE")
    refused(api.as_(practice.patient).get(path), 403, "ROLE_NOT_ALLOWED")
    refused(api.as_(practice.admin).get(f"/providers/{uuid.uuid4()}/exceptions"), 404, "PROVIDER_NOT_FOUND")
