"""GET /messages/{messageId}/versions."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN


def test_every_text_it_had(api, talkers, cloud) -> None:
    said = talkers.say(talkers.doctor, talkers.team, "Quokka one")["id"]
    for text in ("Quokka two", "Quokka three"):
        api.as_(talkers.doctor).put(f"/messages/{said}", {"content": text})
    listed = api.as_(talkers.patient).get(f"/messages/{said}/versions")
    assert listed.status == 200
    assert listed.trips <= 3
    assert [(v["version"], v["content"]) for v in listed["data"]] == [
        (1, "Quokka one"), (2, "Quokka two"), (3, "Quokka three"),
    ]  # fmt: skip
    assert [v["replacedAt"] is None for v in listed["data"]] == [False, False, True]
    assert "Quokka" not in repr(cloud.firestore.collection("messageVersions").document(f"{said}_1").get().to_dict())


def test_nobody_else_and_nothing_of_what_is_deleted(api, talkers) -> None:
    said = talkers.say(talkers.doctor, talkers.team, "ours")["id"]
    refused(api.as_(talkers.stranger).get(f"/messages/{said}/versions"), *HIDDEN)
    api.as_(talkers.doctor).delete(f"/messages/{said}")
    refused(api.as_(talkers.doctor).get(f"/messages/{said}/versions"), *HIDDEN)
