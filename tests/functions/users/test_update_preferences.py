import pytest

from tests.client import refused
from tests.functions.users.test_get_preferences import DEFAULTS


def test_what_is_given_changes(api, world):
    account = api.as_(world.family())
    sent = {"defaultTemplate": "apso", "autoScribe": False, "darkMode": True, "timezone": "America/New_York"}
    answer = account.put("/users/me/preferences", sent)
    assert answer.status == 200, answer
    assert answer.json == {"success": True, "preferences": DEFAULTS | sent}
    assert answer.trips == 2
    again = {"favoriteTemplates": ["soap", "dap", "soap"], "language": "es", "defaultTemplate": None}
    account.put("/users/me/preferences", again)
    stored = account.get("/users/me/preferences").json
    assert stored == DEFAULTS | sent | again | {"favoriteTemplates": ["soap", "dap"]}


def test_null_leaves_switches_alone(api, world):
    account = api.as_(world.family())
    assert account.put("/users/me/preferences", {"autoScribe": None})["preferences"] == DEFAULTS


@pytest.mark.parametrize(
    "sent",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"language": "xx"},
        {"defaultTemplate": "horoscope"},
        {"favoriteTemplates": ["soap", "horoscope"]},
        {"favoriteTemplates": ["soap"] * 21},
        {"darkMode": "very"},
        {"userId": "x"},
    ],
)
def test_bad_values_change_nothing(api, world, sent):
    account = api.as_(world.family())
    refused(account.put("/users/me/preferences", sent | {"autoScribe": False}), 400, "VALIDATION_ERROR")
    assert account.get("/users/me/preferences").json == DEFAULTS


def test_they_are_each_ones_own(api, world):
    api.as_(world.family()).put("/users/me/preferences", {"darkMode": True})
    assert api.as_(world.family()).get("/users/me/preferences").json == DEFAULTS


def test_it_takes_somebody(api):
    refused(api.put("/users/me/preferences", {"darkMode": True}), 401, "TOKEN_MISSING")
