"""PUT /messages/{messageId}."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN
from tests.functions.patients.conftest import sent_to


def test_the_text_changes_and_the_place_stays(api, talkers, cloud) -> None:
    chat = talkers.care_team()
    first = talkers.say(talkers.doctor, chat, "teh plan")["id"]
    talkers.say(talkers.nurse, chat, "later")
    changed = api.as_(talkers.doctor).put(f"/messages/{first}", {"content": "the plan"})
    assert (changed.status, changed.trips, changed["version"]) == (200, 3, 2)
    assert changed["editedAt"]
    assert talkers.texts(talkers.nurse, chat) == ["later", "the plan"]
    assert "message:updated" in [
        e.get("event") for e in sent_to(cloud, "events", talkers.nurse) if e.get("ids").get("messageId") == first
    ]
    same = api.as_(talkers.doctor).put(f"/messages/{first}", {"content": "the plan"})
    assert same["version"] == 2


def test_who_may_not_and_what_cannot(api, talkers) -> None:
    said = talkers.say(talkers.doctor, talkers.team, "mine")["id"]
    refused(api.as_(talkers.nurse).put(f"/messages/{said}", {"content": "x"}), 403, "NOT_YOUR_MESSAGE")
    refused(api.as_(talkers.admin).put(f"/messages/{said}", {"content": "x"}), 403, "NOT_YOUR_MESSAGE")
    refused(api.as_(talkers.stranger).put(f"/messages/{said}", {"content": "x"}), *HIDDEN)
    api.as_(talkers.doctor).delete(f"/messages/{said}")
    refused(api.as_(talkers.doctor).put(f"/messages/{said}", {"content": "x"}), 422, "NOT_EDITABLE")
