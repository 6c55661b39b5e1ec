import pytest

from tests.client import refused

PATH = "/users/me/notification-preferences"


def test_what_is_given_changes_and_the_rest_stays(api, world) -> None:
    account = api.as_(world.family())
    answer = account.put(PATH, {"types": {"message": {"email": False}}, "reminderMinutes": [120]})
    assert (answer.status, answer.trips) == (200, 2)
    changed = account.put(PATH, {"types": {"message": {"sms": True}}, "quietHours": {"enabled": True}}).json
    assert changed["types"]["message"] == {"inApp": True, "push": True, "email": False, "sms": True}
    assert changed["types"]["lab_results"]["email"] is True
    assert changed["quietHours"] == {"enabled": True, "start": "22:00", "end": "07:00"}
    assert changed["reminderMinutes"] == [120]
    assert account.get(PATH).json == changed


def test_quiet_hours_are_in_the_zone_of_the_preferences(api, world) -> None:
    account = api.as_(world.family())
    account.put("/users/me/preferences", {"timezone": "Asia/Kolkata"})
    assert account.put(PATH, {"quietHours": {"enabled": True}})["timeZone"] == "Asia/Kolkata"


@pytest.mark.parametrize("body", [
    {"types": {"gossip": {"email": True}}}, {"types": {"message": {"pigeon": True}}},
    {"quietHours": {"start": "25:00"}}, {"quietHours": {"end": "7:00"}}, {"reminderMinutes": [1]},
    {"reminderMinutes": [10] * 6},
])  # fmt: skip
def test_what_is_none_is_refused(api, world, body) -> None:
    refused(api.as_(world.family()).put(PATH, body), 400, "VALIDATION_ERROR")
