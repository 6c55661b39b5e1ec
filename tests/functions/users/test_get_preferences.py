from tests.client import refused

DEFAULTS = {
    "defaultTemplate": None,
    "favoriteTemplates": [],
    "autoScribe": True,
    "notificationsEnabled": True,
    "emailNotifications": True,
    "smsNotifications": False,
    "darkMode": False,
    "language": "en",
    "timezone": "UTC",
}


def test_defaults_apply_until_something_is_set(api, world):
    answer = api.as_(world.family()).get("/users/me/preferences")
    assert answer.status == 200, answer
    assert answer.json == DEFAULTS
    assert answer.trips == 1


def test_it_takes_somebody(api):
    refused(api.get("/users/me/preferences"), 401, "TOKEN_MISSING")
