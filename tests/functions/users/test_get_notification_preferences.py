from tests.client import refused


def test_the_whole_matrix_with_its_defaults(api, world) -> None:
    answer = api.as_(world.family()).get("/users/me/notification-preferences")
    assert (answer.status, answer.trips) == (200, 1)
    types = answer["types"]
    assert len(types) == 10
    assert all(row.keys() == {"inApp", "push", "email", "sms"} for row in types.values())
    assert types["call_incoming"] == {"inApp": True, "push": True, "email": False, "sms": False}
    assert answer["quietHours"] == {"enabled": False, "start": "22:00", "end": "07:00"}
    assert (answer["reminderMinutes"], answer["timeZone"]) == ([1440, 60], "UTC")
    assert answer["urgent"] == ["call_incoming", "patient_alert"]


def test_nobody_else(api) -> None:
    refused(api.get("/users/me/notification-preferences"), 401, "TOKEN_MISSING")
