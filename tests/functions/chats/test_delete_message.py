"""DELETE /messages/{messageId}."""

from tests.client import refused
from tests.functions.chats.conftest import HIDDEN
from tests.functions.users.pictures import PNG


def test_the_place_stays_without_its_content(api, talkers, cloud) -> None:
    chat = talkers.care_team()
    said = talkers.say(talkers.nurse, chat, "a slip")["id"]
    talkers.eventually_row(talkers.patient, chat, lastMessage="a slip", unreadCount=1)
    gone = api.as_(talkers.nurse).delete(f"/messages/{said}")
    assert gone.status == 204
    assert gone.trips <= 3
    shown = api.as_(talkers.patient).get(f"/chats/{chat}/messages")["data"][0]
    assert (shown["id"], shown["content"], shown["deletedAt"] is not None) == (said, None, True)
    talkers.eventually_row(talkers.patient, chat, lastMessage=None, unreadCount=0)
    assert api.as_(talkers.nurse).delete(f"/messages/{said}").status == 204
    stored = cloud.firestore.collection("messages").document(said).get().to_dict()
    assert stored["text"], "the content is kept, sealed, as long as messages are"
    assert stored["deletedBy"] == talkers.nurse.id


def test_its_file_goes_with_it(api, talkers) -> None:
    sent = api.as_(talkers.patient).post(
        f"/chats/{talkers.team}/messages", files={"file": ("a.png", PNG)}, data={"type": "image"}
    )
    assert api.as_(talkers.nurse).get(f"/files/{sent['fileId']}").status == 200
    api.as_(talkers.patient).delete(f"/messages/{sent['id']}")
    refused(api.as_(talkers.nurse).get(f"/files/{sent['fileId']}"), *HIDDEN)
    refused(api.as_(talkers.patient).get(f"/files/{sent['fileId']}"), *HIDDEN)


def test_who_may_not(api, talkers) -> None:
    said = talkers.say(talkers.doctor, talkers.team, "mine")["id"]
    refused(api.as_(talkers.nurse).delete(f"/messages/{said}"), 403, "NOT_YOUR_MESSAGE")
    refused(api.as_(talkers.stranger).delete(f"/messages/{said}"), *HIDDEN)
    other = talkers.say(talkers.nurse, talkers.team, "theirs")["id"]
    assert api.as_(talkers.doctor).delete(f"/messages/{other}").status == 204
    assert api.as_(talkers.admin).delete(f"/messages/{said}").status == 204
