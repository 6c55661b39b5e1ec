"""GET /providers/{providerId}/availability."""

from tests.client import refused


def test_anybody_signed_in_sees_hours(api, practice) -> None:
    answer = api.as_(practice.patient).get(f"{practice.path}/availability")
    assert (answer.status, answer.trips, answer["timeZone"], answer["slotMinutes"]) == (200, 1, "America/New_York", 30)
    assert [w["dayOfWeek"] for w in answer["weekly"]] == ["monday", "tuesday", "wednesday", "thursday", "friday"]
    assert (answer["weekly"][0]["startTime"], answer["weekly"][0]["endTime"]) == ("09:00", "12:00")


def test_refusals(api, practice) -> None:
    refused(api.get(f"{practice.path}/availability"), 401, "TOKEN_MISSING")
    refused(api.as_(practice.patient).get(f"/providers/{practice.nurse.id}/availability"), 404, "PROVIDER_NOT_FOUND")
