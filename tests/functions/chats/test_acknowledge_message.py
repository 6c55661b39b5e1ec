"""POST /messages/{messageId}/delivered."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN


def test_it_has_arrived_and_is_not_read(api, talkers) -> None:
    chat = talkers.care_team(talkers.nurse)
    first, second = (talkers.say(talkers.doctor, chat, text)["id"] for text in "ab")
    done = api.as_(talkers.nurse).post(f"/messages/{second}/delivered")
    assert done.status == 204
    assert done.trips <= 3
    assert api.as_(talkers.nurse).post(f"/messages/{first}/delivered").status == 204
    for message in (first, second):
        reached = api.as_(talkers.doctor).get(f"/messages/{message}")["receipts"]
        assert [(r["deliveredAt"] is not None, r["readAt"]) for r in reached] == [(True, None)]


def test_nobody_else(api, talkers) -> None:
    said = talkers.say(talkers.doctor, talkers.team, "ours")["id"]
    refused(api.as_(talkers.stranger).post(f"/messages/{said}/delivered"), *HIDDEN)
